"""What is found again and again is told once, with its place and time."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from analytics.commands.findings import body, listing
from analytics.jobs.plausibility.told import Collected, Subject
from collector.model import Finding, Title
from collector.sitefile import load_site
from tests.analytics.jobs.plausibility.small_plant import DAY, HOUR, START, site_text


@pytest.fixture
def collected(tmp_path) -> Collected:
    file = tmp_path / "site.yaml"
    file.write_text(site_text(), encoding="utf-8")
    return Collected(load_site(file))


def frozen(severity: str, start: int, hours: int) -> Finding:
    evidence = {
        "total_ms": float(hours * HOUR),
        "longest_from_ms": float(start),
        "longest_to_ms": float(start + hours * HOUR),
    }
    return Finding("value.frozen", severity, Title(f"{hours} 小时", f"{hours} hours"), evidence)


def test_the_worst_of_several_days_is_told_with_first_last_and_number(collected):
    for day, severity, hours in ((0, "warning", 9), (1, "alarm", 2), (2, "alarm", 3)):
        start = START + day * DAY + HOUR
        collected.add("w", "flow_m3h", [frozen(severity, start, hours)], (start, start + DAY))
    [found] = collected.all()
    assert found.point == "w/flow_m3h"
    assert found.finding.severity == "alarm"
    assert found.finding.sentence == Title(
        "w 表（w/flow_m3h），2026-01-15 01:00 至 2026-01-17 04:00，共 3 次，最严重的一次：3 小时",
        "Meter w (w/flow_m3h), 2026-01-15 01:00 to 2026-01-17 04:00, 3 times, at worst: 3 hours",
    )
    assert found.finding.evidence["occurrences"] == 3
    assert found.finding.evidence["found_to_ms"] == START + 2 * DAY + 4 * HOUR


def test_one_moment_has_no_end_and_one_day_is_named_once(collected):
    at = {"at_ms": float(START + HOUR)}
    collected.add("w", "", [Finding("value.spike", "warning", Title("", ""), at)], (START, START))
    collected.add("w", "", [frozen("warning", START, 2)], (START, START + DAY))
    spoken = {one.finding.code: one.finding.sentence.en for one in collected.all()}
    assert spoken["value.spike"] == "Meter w (w), 2026-01-15 01:00: "
    assert "2026-01-15 00:00 to 02:00" in spoken["value.frozen"]


def test_the_gravest_comes_first_then_the_order_of_the_site(collected):
    for device, severity in (("w", "info"), ("e-a", "warning"), ("w", "alarm"), ("hp", "info")):
        finding = Finding(f"test.{severity}", severity, Title("", ""))
        collected.add(device, "", [finding], (START, START + DAY))
    about = Subject(Title("两表", "Both"), "e-main+w")
    collected.add("e-main+w", "", [Finding("x.y", "info", Title("", ""))], (START, START), about)
    assert [(one.device, one.finding.severity) for one in collected.all()] == [
        ("w", "alarm"), ("e-a", "warning"), ("hp", "info"), ("w", "info"), ("e-main+w", "info"),
    ]  # fmt: skip


def test_as_an_object_and_as_a_table(collected):
    collected.add("w", "flow_m3h", [frozen("alarm", START, 2)], (START, START + DAY))
    [found] = collected.all()
    told = body(found)
    assert (told["device"], told["field"], told["code"]) == ("w", "flow_m3h", "value.frozen")
    assert told["sentence"] == asdict(found.finding.sentence)
    shown = listing([found], "Data of small")
    assert shown.rows[0][:4] == ("alarm", "w/flow_m3h", "value.frozen", "1")
    assert shown.styles == ((0, 0, "bold red"),)

"""History as contract messages."""

from __future__ import annotations

import io
from collections import defaultdict

import numpy as np
import pytest

from collector.model import Sample
from collector.wire import decode_sample, encode_line, encode_sample, parse_topic, split_line
from firmware_sims.fault_plan import Reboot
from firmware_sims.history import Part, Progress, compute, write
from firmware_sims.simulation import OfficeSimulation, timeline
from tests.firmware_sims.office import UNTIL_MS, office, short_past


def the_parts() -> tuple[Part, Part]:
    line, traces, observed = short_past()
    year, recent = (
        Part(name, f"sim-1-{name}", int(t.at_ms[0]), int(t.at_ms[-1]), o)
        for name, t, o in zip(("year", "recent"), traces, observed, strict=True)
    )
    assert recent.last_ms == line.until_ms
    return recent, year


def written(*parts: Part) -> tuple[list[bytes], list[Progress]]:
    configuration, _ = office()
    file, told = io.BytesIO(), []
    count = write(file, configuration.site, parts, 1, told.append)
    lines = file.getvalue().splitlines(keepends=True)
    assert count == len(lines)
    return lines, told


@pytest.fixture(scope="module")
def recent_lines() -> list[bytes]:
    return written(the_parts()[0])[0]


def samples(lines: list[bytes]) -> list[Sample]:
    out = []
    for line in lines:
        topic, payload = split_line(line)
        site, device = parse_topic(topic, "sample")
        assert site == "office"
        out.append(decode_sample(device, payload))
    return out


def test_lines_are_those_of_the_contract(recent_lines):
    for line, sample in zip(recent_lines[::997], samples(recent_lines[::997]), strict=True):
        assert line == encode_line("office", sample.device, encode_sample(sample))


def test_every_device_has_every_slot_once_with_sequence_numbers_from_one(recent_lines):
    configuration, _ = office()
    by_device: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples(recent_lines):
        by_device[sample.device].append(sample)
    line, _, _ = short_past()
    slots = range(line.recent_ms + 60_000, line.until_ms + 1, 60_000)
    assert set(by_device) == {device.id for device in configuration.settings.devices}
    for own in by_device.values():
        assert [sample.at for sample in own] == list(slots)
        assert [sample.seq for sample in own] == list(range(1, len(slots) + 1))
        assert {sample.run for sample in own} == {"sim-1-recent"}


def test_only_the_fields_due_in_a_slot_are_in_its_message(recent_lines):
    configuration, _ = office()
    seen = set()
    for sample in samples(recent_lines[::101]):
        due = configuration.site.devices[sample.device].due(sample.at)
        assert set(sample.values) == set(due)
        assert not sample.flags
        seen.add(len(due) == len(configuration.site.devices[sample.device].points))
    assert seen == {True, False}


def test_the_last_days_come_first_and_the_parts_meet_without_a_gap():
    recent, year = the_parts()
    thin = {"weather": year.observed["weather"]}
    lines, told = written(
        Part("recent", "sim-1-recent", recent.first_ms, recent.last_ms,
             {"weather": recent.observed["weather"]}),
        Part("year", "sim-1-year", year.first_ms, year.last_ms, thin),
    )  # fmt: skip
    got = samples(lines)
    runs = [sample.run for sample in got]
    assert runs == sorted(runs)  # recent before year
    late = [sample.at for sample in got if sample.run == "sim-1-recent"]
    early = [sample.at for sample in got if sample.run == "sim-1-year"]
    assert min(late) - max(early) == 60_000
    assert set(np.diff(early).tolist()) == {900_000}
    assert told[-1] == Progress("year", len(early), len(early), len(got), len(got))
    assert [how_far.written for how_far in told] == sorted(how_far.written for how_far in told)


def test_numbers_are_as_short_as_the_registers_are_coarse(recent_lines):
    weather = next(line for line in recent_lines if b"/weather/" in line)
    numbers = decode_sample("weather", split_line(weather)[1]).values.values()
    assert all(len(repr(number)) <= 7 for number in numbers)
    assert sum(map(len, recent_lines)) / len(recent_lines) < 450


def test_a_device_that_was_away_has_slots_without_answer():
    configuration, scenario = office()
    fault = Reboot(kind="reboot", device="hp-1", starts="-30min", lasts="10min")
    simulation = OfficeSimulation(configuration, scenario, faults=[fault], live_ms=UNTIL_MS)
    (recent,) = compute(simulation, timeline(UNTIL_MS, days=1), year=False)
    thin = {device: recent.observed[device] for device in ("hp-1", "hp-2")}
    part = Part("recent", recent.run, recent.first_ms, recent.last_ms, thin)
    got = samples(written(part)[0])
    away = [sample for sample in got if not sample.answered]
    assert {sample.device for sample in away} == {"hp-1"}
    assert len(away) == 10
    assert all(s.flags == {"*": "bad:no-answer"} and not s.values for s in away)
    assert all(UNTIL_MS - 1_800_000 <= sample.at < UNTIL_MS - 1_200_000 for sample in away)


def test_the_truth_is_written_beside_it(tmp_path):
    configuration, scenario = office()
    simulation = OfficeSimulation(configuration, scenario, live_ms=UNTIL_MS)
    compute(simulation, timeline(UNTIL_MS, days=1, step_s=900), year=False, truth=tmp_path)
    with np.load(tmp_path / "truth-year.npz") as truth, np.load(tmp_path / "exact-year.npz") as e:
        running = truth["plant_cop"][np.isfinite(truth["plant_cop"])]
        assert 2.0 < np.median(running) < 8.0
        np.testing.assert_allclose(e["e-plant/power_kw"], truth["plant_kw"])
        np.testing.assert_array_equal(e["at_ms"], truth["at_ms"])
    assert (tmp_path / "exact-recent.npz").exists()

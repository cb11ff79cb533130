"""Figures on a terminal and in a pipe: nothing that tells figures apart is cut."""

from __future__ import annotations

import io
import sys
from dataclasses import replace

import pytest
from rich.console import Console
from rich.table import Table

from analytics.commands import figure_table, figures
from analytics.figures import Boundary, Figure
from collector.model import Title

NAMES = ("electricity_cny.A", "ground_cumulative_net_kwh.loop_meter", "state_hours.free_cooling")
FOUND = [
    *(Figure(name, "office", "site", 0, 1, 354473.3, "CNY", uncertainty=1454.8,
             dominant="e-a-lighting-sockets:class", coverage=1.0) for name in NAMES),
    Figure("spf_heating", "plant", "plant", 0, 1, None, "", boundary=Boundary("H4", "4+H"),
           reason=Title("源侧泵未计量", "source pump unmetered")),
]  # fmt: skip


def drawn(tables: list[Table], width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    for table in tables:
        console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [100, 120, 160, 240])
def test_names_values_and_boundaries_are_whole(width: int) -> None:
    text = drawn(figure_table.tables(FOUND, width), width)
    assert all(name in text for name in (*NAMES, "spf_heating  H4 (4+H)", "354473.30 ± 1454.80"))
    assert "…" not in text
    assert all(len(line) <= width for line in text.splitlines())


def test_on_a_narrow_terminal_everything_is_broken_and_nothing_cut() -> None:
    text = drawn(figure_table.tables(FOUND, 60), 60)
    assert "…" not in text
    joined = "".join(line.split(" ")[1] for line in text.splitlines() if line.startswith(" "))
    assert "ground_cumulative_net_kwh.loop_meter" in joined


def test_each_subject_has_its_table_with_names_in_words_where_they_fit() -> None:
    tables = figure_table.tables(FOUND, 240)
    assert [table.title for table in tables] == ["office", "plant"]
    text = drawn(tables, 240)
    assert "electricity: cost (item A)" in text
    assert "source pump unmetered" in text
    assert "electricity: cost" not in drawn(figure_table.tables(FOUND, 100), 100)


def test_a_chinese_terminal_reads_chinese() -> None:
    text = drawn(figure_table.tables(FOUND, 200, chinese=True), 200)
    for words in ("指标", "供热季节性能系数（SPF）", "源侧泵未计量", "U 主要来自 e-a-"):
        assert words in text


@pytest.mark.parametrize(
    ("environment", "chinese"),
    [
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, False),
        ({"LC_ALL": "", "LC_MESSAGES": "zh_TW"}, True),
        ({}, False),
    ],
)
def test_the_locale_chooses_the_language(environment: dict[str, str], chinese: bool) -> None:
    assert figure_table.speaks_chinese(environment) is chinese


def test_piped_it_is_one_table_with_a_header(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In English whatever the locale: programs read it."""
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)
    figure_table.show(FOUND, "office, 2026")
    title, header, *rows = capsys.readouterr().out.splitlines()
    assert title == "office, 2026"
    assert header.split("\t")[:4] == ["subject", "figure", "boundary", "value"]
    assert rows[-1].split("\t") == [
        "plant", "spf_heating", "H4 (4+H)", "–", "", "", "source pump unmetered",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("coverage", "told"),
    [(1.0, "100.0%"), (0.99969, "99.9%"), (1.0 - 1e-12, "100.0%"), (0.29, "29.0%"), (0.0, "0.0%")],
)
def test_what_has_a_gap_is_not_complete(coverage: float, told: str) -> None:
    assert figures.covered(replace(FOUND[0], coverage=coverage)) == told

"""The page needs nothing from outside and says everything in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboards.web.application import STATIC

OWN = sorted(
    file for file in STATIC.rglob("*") if file.is_file() and "vendor" not in file.parts
)  # fmt: skip
VENDORED = STATIC / "vendor"
NAMESPACE = "http://www.w3.org/2000/svg"
MOST_BYTES = 1_500_000


@pytest.mark.parametrize("file", OWN, ids=lambda file: file.name)
def test_nothing_is_fetched_from_elsewhere(file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace(NAMESPACE, "")
    assert re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}", text) == []


def test_the_page_has_no_inline_script_or_style() -> None:
    text = (STATIC / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", text) == []


def test_everything_that_is_named_is_there() -> None:
    named = set()
    for file in OWN:
        text = file.read_text(encoding="utf-8")
        named |= {STATIC / word for word in re.findall(r"/static/([\w./-]+)", text)}
        named |= {file.parent / word for word in re.findall(r'from "\./([\w.]+)"', text)}
    assert [str(file) for file in named if not file.is_file()] == []


def test_every_word_is_said_in_both_languages() -> None:
    text = (STATIC / "js" / "words.js").read_text(encoding="utf-8")
    table = text[text.index("const WORDS") : text.index("\n};")]
    entries = re.findall(r'^  "?(\w+)"?: \{', table, re.MULTILINE)
    assert len(entries) > 30
    assert len(re.findall(r"\bzh: ", table)) == len(re.findall(r"\ben: ", table)) == len(entries)


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    words = (STATIC / "js" / "words.js").read_text(encoding="utf-8")
    table = words[words.index("const WORDS") : words.index("\n};")]
    known = set(re.findall(r'^  "?(\w+)"?: \{', table, re.MULTILINE))
    pages = "".join(file.read_text(encoding="utf-8") for file in OWN if file.name != "words.js")
    used = set(re.findall(r'\bword\(\s*"(\w+)"', pages)) | set(
        re.findall(r'data-words="(\w+)"', pages)
    )
    assert used <= known
    indirect = re.findall(r'"(\w+)"', pages) + re.findall(r"\b(\w+)Count\b", pages)
    assert {w for w in known - used if w not in indirect and not w.endswith("Count")} <= {
        "good", "1h", "24h", "7d", "1y",
    }  # fmt: skip


def test_vendored_parts_bring_their_licence_and_version() -> None:
    about = (VENDORED / "VENDORED.md").read_text()
    for folder in (entry for entry in VENDORED.iterdir() if entry.is_dir()):
        assert (folder / "LICENSE").is_file()
        assert f"| {folder.name} |" in about
    [version] = re.findall(r"\| uplot \| uplot \| ([\d.]+) \|", about)
    assert f"(v{version})" in (VENDORED / "uplot" / "uPlot.iife.min.js").read_text()[:200]


def test_the_whole_page_is_light() -> None:
    assert sum(file.stat().st_size for file in STATIC.rglob("*") if file.is_file()) < MOST_BYTES

"""The lines of docs/messages.md are what the import reads."""

from __future__ import annotations

import re
from pathlib import Path

from collector.wire import decode_sample, parse_topic, split_line

PAGE = Path(__file__).parents[1] / "docs" / "messages.md"


def test_the_example_lines_are_messages() -> None:
    [block] = re.findall(r"```\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    found = []
    for line in block.splitlines():
        where, payload = split_line(line.encode())
        assert parse_topic(where, "sample") == ("quay", "e-main")
        found.append(decode_sample("e-main", payload))
    assert [one.seq for one in found] == [1, 2]
    assert found[0].flags == {}
    assert found[1].flags == {"power_kw": "bad:gap"}

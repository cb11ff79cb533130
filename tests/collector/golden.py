"""Reads the golden frames of tests/data/maps and answers reads from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

FRAMES = Path(__file__).parents[1] / "data" / "maps"
STRAY = 0xDEAD


@dataclass
class Golden:
    """The registers of one frame and what they mean."""

    words: dict[tuple[int, int], int] = field(default_factory=dict)
    expected: dict[str, float | str] = field(default_factory=dict)

    def payload(self, function: int, address: int, count: int) -> bytes:
        """Data of the answer to one read; a place that the frame does not name is a stray."""
        places = range(address, address + count)
        words = [self.words.get((function, place), STRAY) for place in places]
        return b"".join(word.to_bytes(2, "big") for word in words)


def golden(name: str) -> Golden:
    """The golden frame of one map."""
    frame = Golden()
    for line in (FRAMES / f"{name}.txt").read_text("utf-8").splitlines():
        place, cell, value, _ = line.split("|", 3)
        function, address, *words = place.split()
        for offset, word in enumerate(words):
            frame.words[int(function), int(address, 0) + offset] = int(word, 16)
        text = value.strip()
        frame.expected[cell.strip()] = text if text.startswith("bad:") else float(text)
    return frame

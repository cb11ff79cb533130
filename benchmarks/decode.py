"""Decoding a mixed map of forty points: ours against pymodbus value by value, in one run."""

from __future__ import annotations

import statistics
import struct
import time
from collections.abc import Callable

from pymodbus.client import ModbusTcpClient

from benchmarks.mixed import mixed_words
from collector.words import compile_decoder

ROUNDS = 9
GOAL = 15.0
TYPES = ModbusTcpClient.DATATYPE
DATATYPES = {
    "u16": TYPES.UINT16, "s16": TYPES.INT16, "u32": TYPES.UINT32, "s32": TYPES.INT32,
    "f32": TYPES.FLOAT32, "u64": TYPES.UINT64,
}  # fmt: skip


def measure() -> dict[str, float]:
    """Nanoseconds per value of both, and the ratio (median of interleaved rounds)."""
    words = mixed_words()
    registers: list[int] = []
    for index, word in enumerate(words):
        number = 12.5 + index if word.type == "f32" else 100 + index
        registers += ModbusTcpClient.convert_to_registers(
            number, DATATYPES[word.type], word_order=word.word_order
        )
    payload = struct.pack(f">{len(registers)}H", *registers)
    decode = compile_decoder(words, 0)

    def theirs() -> dict[str, float]:
        values = {}
        for word in words:
            cells = registers[word.address : word.address + word.count]
            raw = ModbusTcpClient.convert_from_registers(
                cells, DATATYPES[word.type], word_order=word.word_order
            )
            values[word.name] = raw / word.divisor
        return values

    assert theirs() == decode(payload)[0]
    pairs = [(_ns(lambda: decode(payload), 5000), _ns(theirs, 500)) for _ in range(ROUNDS)]
    ours_ns = statistics.median(pair[0] for pair in pairs) / len(words)
    theirs_ns = statistics.median(pair[1] for pair in pairs) / len(words)
    return {"ours_ns": ours_ns, "pymodbus_ns": theirs_ns, "ratio": theirs_ns / ours_ns}


def _ns(call: Callable[[], object], times: int) -> float:
    started = time.perf_counter_ns()
    for _ in range(times):
        call()
    return (time.perf_counter_ns() - started) / times


if __name__ == "__main__":
    result = measure()
    print(
        f"decode: {result['ours_ns']:.0f} ns a value, pymodbus {result['pymodbus_ns']:.0f} ns: "
        f"{result['ratio']:.1f} times faster (goal {GOAL:.0f})"
    )

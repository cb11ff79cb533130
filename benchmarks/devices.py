"""Modbus TCP devices with static registers of the mixed map, one port each: `devices COUNT`.

Prints the ports as one JSON line when all of them listen, and serves until it is terminated.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys

from pymodbus.client import ModbusTcpClient
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from benchmarks.decode import DATATYPES
from benchmarks.mixed import mixed_words


def static_registers() -> list[int]:
    """Words of one answer, encoded by pymodbus."""
    registers: list[int] = []
    for index, word in enumerate(mixed_words()):
        number = 12.5 + index if word.type == "f32" else 100 + index
        registers += ModbusTcpClient.convert_to_registers(
            number, DATATYPES[word.type], word_order=word.word_order
        )
    return registers


async def serve(count: int) -> None:
    """Serve so many devices until SIGTERM."""
    registers = static_registers()
    ports = []
    for _ in range(count):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports.append(probe.getsockname()[1])
        data = SimData(0, values=registers, datatype=DataType.REGISTERS)
        server = ModbusTcpServer(SimDevice(1, simdata=[data]), address=("127.0.0.1", ports[-1]))
        await server.serve_forever(background=True)
    print(json.dumps(ports), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))

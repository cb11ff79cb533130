"""Devices that nobody here wrote: another library's Modbus TCP server, and a serial line."""

from __future__ import annotations

import asyncio
import json
import os
import struct
import tty
from pathlib import Path

import pytest
from pyModbusTCP.server import DataBank, ModbusServer

from collector.config import Bus
from collector.errors import NoAnswer
from collector.modbus import Line
from tests.collector.gateway import crc, registers
from tests.e2e.pipeline import groundwatt, process, wait_until
from tests.servers import Server, free_port

SITE = """\
site: {{id: office, name: {{zh: 办公区, en: Office}}}}
mqtt: {{port: {broker}}}
buses:
  - {{id: panel, kind: tcp, host: 127.0.0.1, port: {port}}}
devices:
  - {{id: incomer, name: {{zh: 进线, en: Incomer}}, bus: panel, unit: 1, map: eastron_sdm630,
     interval: 200ms}}
"""
# What an SDM630 shows: input registers by their hexadecimal addresses, as float32, big word first.
SHOWN = {
    0x00: 230.5, 0x02: 231.25, 0x04: 229.75, 0x06: 10.5, 0x08: 11.0, 0x0A: 9.5,
    0x0C: 2400.0, 0x0E: 2500.0, 0x10: 2100.0, 0x34: 7000.0, 0x38: 7200.0, 0x3C: 1500.0,
    0x3E: 0.97, 0x46: 50.0, 0x48: 123456.0, 0x4A: 12.0, 0x156: 123468.0, 0xF8: 2.5,
}  # fmt: skip


@pytest.fixture
def foreign_meter():
    bank = DataBank(i_regs_size=512)
    for address, number in SHOWN.items():
        bank.set_input_registers(address, list(struct.unpack(">2H", struct.pack(">f", number))))
    server = ModbusServer("127.0.0.1", free_port(), no_block=True, data_bank=bank)
    server.start()
    yield server
    server.stop()


def test_a_meter_served_by_another_library_is_read_right(
    tmp_path: Path, mosquitto: Server, foreign_meter: ModbusServer
):
    site = tmp_path / "site.yaml"
    site.write_text(SITE.format(broker=mosquitto.port, port=foreign_meter.port))
    common = ("--site", str(site), "--data", str(tmp_path))
    running = [process(tmp_path, name, name, *common) for name in ("ingest", "collect")]
    try:
        for each in running:
            each.start()

        def answered() -> int:
            result = groundwatt("ledger", *common, "--device", "incomer", "--json")
            total: int = json.loads(result.stdout)["total"]["answered"]
            return total

        wait_until(lambda: answered() >= 10, 30, "ten answers stored")
    finally:
        for each in reversed(running):
            each.stop()
    latest = asyncio.run(_latest(site, tmp_path))
    assert latest["power_kw"] == 7.0
    assert latest["voltage_l2_v"] == 231.25
    assert latest["frequency_hz"] == 50.0


async def _latest(site: Path, data: Path) -> dict[str, float]:
    from collector.sitefile import load_site
    from collector.store.choice import store_for

    configuration = load_site(site)
    store = store_for(configuration, data)
    await store.open()
    try:
        sample = await store.latest(configuration.site.devices["incomer"])
        assert sample is not None
        return dict(sample.values)
    finally:
        await store.close()


@pytest.fixture
def serial_line():
    """The two ends of a pseudo terminal: the device's file descriptor and our port's name."""
    device, port = os.openpty()
    tty.setraw(device)
    tty.setraw(port)
    yield device, os.ttyname(port)
    os.close(device)
    os.close(port)


async def test_a_serial_line_is_read_and_late_answers_are_drained(serial_line):
    device, port = serial_line
    loop = asyncio.get_running_loop()
    requests: list[bytes] = []

    def on_request() -> None:
        requests.append(os.read(device, 256))
        number = len(requests)
        frame = bytes([17]) + registers(1000 + number)
        delay = 0.3 if number == 2 else 0.0
        loop.call_later(delay, os.write, device, frame + crc(frame))

    loop.add_reader(device, on_request)
    line = Line(Bus(id="serial", kind="rtu", port=port, baudrate=9600, timeout="250ms"))
    try:
        assert await line.read(17, 3, 0x10, 1) == struct.pack(">H", 1001)
        with pytest.raises(NoAnswer):
            await line.read(17, 3, 0x10, 1)
        assert await line.read(17, 3, 0x10, 1) == struct.pack(">H", 1003)
        head = bytes([17, 3, 0, 0x10, 0, 1])
        assert set(requests) == {head + crc(head)}
    finally:
        loop.remove_reader(device)
        line.close()

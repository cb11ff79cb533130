"""`groundwatt probe` against a live pymodbus server: right, swapped, shifted, refusing, silent."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pymodbus import FramerType
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests.collector.golden import golden

COMMAND = str(Path(sys.executable).with_name("groundwatt"))
Words = dict[tuple[int, int], int]


def memory(words: Words, function: int) -> list[SimData]:
    """Registers of one function code as runs of neighbouring addresses."""
    runs: list[tuple[int, list[int]]] = []
    for address in sorted(place for code, place in words if code == function):
        if not runs or runs[-1][0] + len(runs[-1][1]) != address:
            runs.append((address, []))
        runs[-1][1].append(words[function, address])
    if not runs:
        return [SimData(65_535, datatype=DataType.INVALID)]
    return [SimData(at, values=values, datatype=DataType.REGISTERS) for at, values in runs]


@asynccontextmanager
async def device(words: Words, framer: FramerType = FramerType.SOCKET) -> AsyncIterator[int]:
    """A server that has these words and refuses all others; gives its port."""
    inputs = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    simulated = SimDevice(1, simdata=(inputs, inputs, memory(words, 3), memory(words, 4)))
    server = ModbusTcpServer(simulated, framer=framer, address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    try:
        yield server.transport.sockets[0].getsockname()[1]
    finally:
        await server.shutdown()


async def probe(*arguments: object) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        COMMAND, "probe", *map(str, arguments),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def swapped(words: Words) -> Words:
    """All pairs of registers from even places with their words swapped (a map of 32-bit values)."""
    return {(f, address): words[f, address ^ 1] for f, address in words}


def shifted(words: Words, by: int) -> Words:
    return {(f, address + by): word for (f, address), word in words.items()}


async def test_sound_device_ends_with_0(tmp_path):
    words = golden("eastron_sdm630").words
    async with device(words) as port:
        code, out, _ = await probe(
            "--map", "eastron_sdm630", "--host", "127.0.0.1", "--port", port, "--json"
        )
    found = json.loads(out)
    assert (code, found["fine"], found["plausible"], found["proposal"]) == (0, True, 17, None)
    power = next(field for field in found["fields"] if field["field"] == "power_kw")
    assert (power["words"], power["value"], power["unit"]) == ("4582 3000", 4.166, "kW")
    assert (power["address"], power["verdict"]) == (0x34, "plausible")
    assert found["identity"] == [
        {"field": "frequency", "value": 50.0, "expected": "45..65", "agrees": True}
    ]


async def test_swapped_words_are_proposed_as_word_order():
    async with device(swapped(golden("eastron_sdm630").words)) as port:
        code, out, _ = await probe("--map", "eastron_sdm630", "--host", "127.0.0.1", "--port", port)
    assert code == 1
    assert "0 of 17 fields are plausible" in out
    assert "fits clearly better (17 plausible fields): try word_order: little" in out


@pytest.mark.parametrize(
    ("name", "by", "change"),
    [
        ("eastron_sdm630", -1, {"address_base": "1"}),
        ("schneider_iem3000", 1, {"address_base": "0"}),
        ("abb_b23", 1, {"address": "every address 1 higher"}),
    ],
)
async def test_shifted_registers_are_proposed_as_address_base(name, by, change):
    words = shifted({p: w for p, w in golden(name).words.items() if p[1] + by >= 0}, by)
    async with device(words) as port:
        code, out, _ = await probe("--map", name, "--host", "127.0.0.1", "--port", port, "--json")
    assert code == 1
    assert json.loads(out)["proposal"]["changes"] == change


async def test_refused_register_is_told_and_the_rest_is_read():
    words = {p: w for p, w in golden("acrel_adw300").words.items() if p[1] not in (36, 37)}
    async with device(words) as port:
        code, out, _ = await probe(
            "--map", "acrel_adw300", "--host", "127.0.0.1", "--port", port, "--json"
        )
    verdicts = {f["field"]: (f["verdict"], f["remark"]) for f in json.loads(out)["fields"]}
    assert code == 1
    assert verdicts.pop("power_kw") == ("not read", "refused by the device")
    assert {verdict for verdict, _ in verdicts.values()} == {"plausible"}


async def test_other_meter_than_the_map_describes_is_told():
    words = golden("schneider_iem3000").words | {(3, 49): 0x504D}
    async with device(words) as port:
        code, out, _ = await probe(
            "--map", "schneider_iem3000", "--host", "127.0.0.1", "--port", port
        )
    assert code == 1
    assert "not the meter of this map? meter_model is 1347243315" in out


async def test_device_of_a_site_file_behind_a_serial_gateway(tmp_path):
    async with device(golden("chint_dtsu666").words, FramerType.RTU) as port:
        site = tmp_path / "site.yaml"
        site.write_text(
            "site: {id: s, name: {zh: 站, en: site}}\n"
            f"buses: [{{id: b, kind: rtu-over-tcp, host: 127.0.0.1, port: {port}}}]\n"
            "devices: [{id: m1, name: {zh: 表, en: m}, bus: b, unit: 1, map: chint_dtsu666}]\n",
            encoding="utf-8",
        )
        code, out, _ = await probe("--site", site, "--device", "m1", "--json")
        found = {field["field"]: field["value"] for field in json.loads(out)["fields"]}
        assert (code, found["current_l1_a"], found["energy_kwh"]) == (0, 60.0, 493_800.0)
        code, _, err = await probe("--site", site, "--device", "m2")
    assert code == 2
    assert "no device 'm2'; there are: m1" in err


async def test_map_may_be_a_file(tmp_path):
    own = tmp_path / "mine.yaml"
    own.write_text(
        "map: mine\nkind: electricity_meter\nmaker: x\nmodels: [x]\nsource: a document\n"
        "trust: template\naddress_base: 0\nfunction: 3\nregisters:\n"
        "  - {field: voltage_l1_v, address: 20, type: u16, scale: 0.1, unit: V,\n"
        "     low: 80, high: 300}\n"
    )
    async with device(golden("acrel_adw300").words) as port:
        code, out, _ = await probe("--map", own, "--host", "127.0.0.1", "--port", port)
    assert code == 0
    assert "voltage_l1_v\t3\t20\t08FD\t230.1\tV\t80..300\tplausible" in out


async def test_silent_device_ends_with_1_and_says_so():
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        code, _, err = await probe(
            "--map", "acrel_adw300", "--host", "127.0.0.1", "--port", port, "--timeout", 100
        )
    assert code == 1
    assert "no answer in time" in err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--map", "acrel_adw300"],
        ["--map", "acrel_adw300", "--host", "127.0.0.1", "--serial", "/dev/ttyUSB0"],
        ["--map", "no_such_map", "--host", "127.0.0.1"],
        ["--map", "acrel_adw300", "--host", "127.0.0.1", "--unit", "300"],
        ["--site", "/no/such/site.yaml", "--device", "m1"],
    ],
)
async def test_wrong_use_ends_with_2(arguments):
    code, _, err = await probe(*arguments)
    assert code == 2
    assert err

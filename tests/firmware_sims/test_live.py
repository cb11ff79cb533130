"""A whole site, listening: values on the wire, faults that come and go by the plan."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest
from pymodbus import FramerType, ModbusException
from pymodbus.client import AsyncModbusTcpClient

from collector.config import SiteFile
from collector.registers import RegisterMap
from collector.sitefile import Configuration, site_of
from firmware_sims.devices.binding import Binding
from firmware_sims.fault_plan import (
    Dropped,
    Duplicate,
    Garbage,
    Reboot,
    Refused,
    Slow,
    WordOrder,
)
from firmware_sims.faults import Fault
from firmware_sims.live import RunningSite, Start, running_site, serve
from firmware_sims.simulation import OfficeSimulation
from tests.firmware_sims.office import UNTIL_MS, office, short_past
from tests.firmware_sims.sample_map import VALUES, everything
from tests.servers import free_port

LIVE_MS = 1_000_000


class Steady:
    """A simulation whose speed is the time in seconds since the start, plus the unit."""

    def __init__(self) -> None:
        self.now_ms = LIVE_MS

    def advance(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def values(self, device: str) -> dict[str, float]:
        seconds = (self.now_ms - LIVE_MS) / 1000
        return {**VALUES, "speed_percent": seconds + 10 * int(device[-1])}


def small_site(tmp_path) -> Configuration:
    """Devices d1 and d2 on a gateway, d3 with a port of its own."""
    names = {"zh": "某", "en": "some"}
    devices = [
        {"id": f"d{n}", "name": names, "bus": bus, "unit": n, "map": "everything"}
        for n, bus in ((1, "gateway"), (2, "gateway"), (3, "direct"))
    ]
    buses = [
        {"id": bus, "kind": kind, "host": "127.0.0.1", "port": free_port(), "timeout": "200ms"}
        for bus, kind in (("gateway", "rtu-over-tcp"), ("direct", "tcp"))
    ]
    settings = SiteFile.model_validate(
        {"site": {"id": "small", "name": names}, "buses": buses, "devices": devices}
    )
    maps: dict[str, RegisterMap] = {"everything": everything()}
    return Configuration(tmp_path / "site.yaml", settings, maps, site_of(settings, maps))


def started(tmp_path, *faults: Fault) -> Start:
    bindings = [Binding(device=f"d{n}", ratios={"ct": 40.0}) for n in (1, 2, 3)]
    return Start(small_site(tmp_path), bindings, Steady(), faults, LIVE_MS)


async def read(site: RunningSite, unit: int, address: int = 12, count: int = 1) -> Sequence[int]:
    """Read registers over a connection of its own.

    Raises
    ------
    ModbusException
        No answer, or no frame.
    LookupError
        The answer is a refusal.
    """
    bus = "direct" if unit == 3 else "gateway"
    host, port = site.addresses[bus]
    client = AsyncModbusTcpClient(
        host,
        port=port,
        framer=FramerType.SOCKET if bus == "direct" else FramerType.RTU,
        timeout=0.25,
        retries=0,
        reconnect_delay=0,
    )
    try:
        if not await client.connect():
            raise ModbusException("not connected")
        answer = await client.read_holding_registers(address, count=count, device_id=unit)
        if answer.isError():
            raise LookupError(answer.exception_code)
        return cast(Sequence[int], answer.registers)
    finally:
        client.close()


async def test_the_devices_go_on_with_the_clock(tmp_path):
    async with running_site(started(tmp_path)) as site:
        assert not site.relays
        await site.go_on(LIVE_MS + 3_000)
        assert [await read(site, unit) for unit in (1, 2, 3)] == [[13], [23], [33]]
        await site.go_on(LIVE_MS + 4_000)
        assert await read(site, 1) == [14]


async def test_a_device_that_restarts_is_away_for_a_while_and_its_neighbour_is_not(tmp_path):
    fault = Reboot(kind="reboot", device="d1", starts="5s", lasts="10s")
    async with running_site(started(tmp_path, fault)) as site:
        assert set(site.relays) == {"gateway"}
        await site.go_on(LIVE_MS + 4_000)
        assert await read(site, 1) == [14]
        await site.go_on(LIVE_MS + 5_000)
        with pytest.raises(ModbusException):
            await read(site, 1)
        assert await read(site, 2) == [25]
        await site.go_on(LIVE_MS + 15_000)
        assert await read(site, 1) == [25]


async def test_a_device_with_a_port_of_its_own_takes_the_port_along(tmp_path):
    fault = Reboot(kind="reboot", device="d3", lasts="10s")
    async with running_site(started(tmp_path, fault)) as site:
        address = site.addresses["direct"]
        await site.go_on(LIVE_MS)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*address)
        await site.go_on(LIVE_MS + 10_000)
        assert await read(site, 3) == [40]


async def test_a_dropped_bus_takes_no_connection_until_it_is_back(tmp_path):
    async with running_site(started(tmp_path, Dropped(kind="dropped", bus="gateway"))) as site:
        await site.go_on(LIVE_MS)
        with pytest.raises(ModbusException):
            await read(site, 1)
        assert await read(site, 3) == [30]
        await site.go_on(LIVE_MS + 30_000)
        assert await read(site, 1) == [40]


async def test_a_slow_device_answers_after_the_time_out_unless_told_otherwise(tmp_path):
    late = Slow(kind="slow", device="d1", lasts="10s")
    slow = Slow(kind="slow", device="d2", delay="100ms", lasts="10s")
    async with running_site(started(tmp_path, late, slow)) as site:
        await site.go_on(LIVE_MS)
        with pytest.raises(ModbusException):
            await read(site, 1)  # the bus's time-out is 200 ms, the answer comes after 300
        clock = asyncio.get_running_loop()
        begun = clock.time()
        assert await read(site, 2) == [20]
        assert clock.time() - begun >= 0.1
        assert site.relays["gateway"].seen["delayed"] == 2


async def test_a_refused_field_is_refused_and_the_others_are_not(tmp_path):
    fault = Refused(kind="refused", device="d1", fields=("speed_percent",))
    async with running_site(started(tmp_path, fault)) as site:
        await site.go_on(LIVE_MS)
        with pytest.raises(LookupError, match="2"):
            await read(site, 1, 10, 3)
        assert await read(site, 1, 10, 2) == [0xFFDE, 1395]
        assert await read(site, 2) == [20]


async def test_words_are_swapped_and_set_right_again(tmp_path):
    fault = WordOrder(kind="word_order", device="d3", lasts="10s")
    async with running_site(started(tmp_path, fault)) as site:
        await site.go_on(LIVE_MS)
        wrong = await read(site, 3, 0, 2)
        await site.go_on(LIVE_MS + 10_000)
        assert list(await read(site, 3, 0, 2)) == list(reversed(wrong)) == [0xFBFA, 0xFFFF]


async def test_garbage_and_twins_disturb_only_while_they_last(tmp_path):
    garbage = Garbage(kind="garbage", device="d2", share=1.0, lasts="10s")
    twin = Duplicate(kind="duplicate", device="d1", twin="d2", lasts="10s")
    async with running_site(started(tmp_path, garbage, twin)) as site:
        await site.go_on(LIVE_MS)
        assert await read(site, 1) == [10]
        relay = site.relays["gateway"]
        assert relay.seen["duplicated"] == 1
        with pytest.raises(ModbusException):
            await read(site, 2)
        await site.go_on(LIVE_MS + 10_000)
        assert [await read(site, unit) for unit in (1, 2)] == [[20], [30]]
        assert relay.seen["duplicated"] == 1


async def test_every_bus_gets_a_relay_on_demand(tmp_path):
    async with running_site(started(tmp_path), relay_all=True) as site:
        assert set(site.relays) == {"gateway", "direct"}
        site.relays["direct"].silence()
        with pytest.raises(ModbusException):
            await read(site, 3)
        assert await read(site, 1) == [10]


async def test_a_port_that_is_taken_stops_the_start_and_leaves_nothing_open(tmp_path):
    start = started(tmp_path)
    host, port = "127.0.0.1", int(start.configuration.bus("direct").port or 0)
    thief = await asyncio.start_server(lambda _r, w: w.close(), host, port)
    with pytest.raises(OSError, match="bus direct"):
        async with running_site(start):
            pytest.fail("it must not start")
    thief.close()
    await thief.wait_closed()
    async with running_site(start) as site:
        assert await read(site, 1) == [10]


async def test_serving_tells_when_it_listens_goes_on_and_ends_in_time(tmp_path):
    told = []
    start = started(tmp_path)
    ticking = iter(range(LIVE_MS, LIVE_MS + 100_000, 7))
    await serve(start, told.append, lambda: next(ticking), seconds=0.05)
    assert len(told) == 1
    assert cast(Steady, start.simulation).now_ms >= LIVE_MS
    with pytest.raises(OSError, match=r"\[Errno"):
        await asyncio.open_connection(*told[0].addresses["direct"])


async def test_a_still_site_serves_registers_that_never_change(tmp_path):
    start = started(tmp_path)
    told = []
    await serve(start, told.append, lambda: LIVE_MS + 5_000, still=True, seconds=0.01)
    assert len(told) == 1
    assert cast(Steady, start.simulation).now_ms == LIVE_MS


async def test_the_shipped_plan_runs_through_on_the_shipped_site():
    configuration, scenario = office()
    buses = tuple(b.model_copy(update={"port": free_port()}) for b in configuration.settings.buses)
    settings = configuration.settings.model_copy(update={"buses": buses})
    moved = Configuration(configuration.file, settings, configuration.maps, configuration.site)
    line, _, _ = short_past()
    simulation = OfficeSimulation(moved, scenario, faults=scenario.faults, live_ms=UNTIL_MS)
    simulation.start(line)
    start = Start(moved, scenario.devices, simulation, scenario.faults, UNTIL_MS)
    async with running_site(start) as site:
        assert set(site.relays) == {
            "plant-pumps", "tower-b-electric", "gatehouse", "plant-heat", "tower-a-electric",
            "services",
        }  # fmt: skip
        for minute in range(12):
            await site.go_on(UNTIL_MS + minute * 60_000)
            if minute == 4:
                with pytest.raises(ConnectionRefusedError):
                    await asyncio.open_connection(*site.addresses["gatehouse"])
        _, writer = await asyncio.open_connection(*site.addresses["gatehouse"])
        writer.close()

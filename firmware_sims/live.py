"""A running site: buses that listen, a simulation that goes on, faults that come and go."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from collector.config import Bus
from collector.sitefile import Configuration
from firmware_sims.devices.binding import Binding
from firmware_sims.faults import Fault
from firmware_sims.frames import Framing
from firmware_sims.line import LineDirector, relayed
from firmware_sims.physics.noise import stream_seed
from firmware_sims.relay import Relay
from firmware_sims.server import Address, BusServer, ServedDevice

Polled = Callable[[str], Callable[[], None]]

_ANYWHERE: Address = ("127.0.0.1", 0)


class Simulation(Protocol):
    """What gives the devices their values."""

    def advance(self, now_ms: int) -> None:
        """Go on to `now_ms`. [ms since epoch, UTC]"""

    def values(self, device: str) -> Mapping[str, float]:
        """What a device shows now; a new mapping whenever that changes."""


class RunningSite:
    """All buses of a site, listening.

    Attributes
    ----------
    addresses : mapping of str to (str, int)
        Where each bus answers.
    devices : mapping of str to ServedDevice
        By device id.
    relays : mapping of str to Relay
        By bus id, where there is one.
    live_ms : int
        Where the live run began. [ms since epoch, UTC]
    """

    def __init__(
        self,
        addresses: Mapping[str, Address],
        devices: Mapping[str, ServedDevice],
        relays: Mapping[str, Relay],
        director: LineDirector,
        simulation: Simulation,
        live_ms: int,
    ) -> None:
        self.live_ms = live_ms
        self.addresses = addresses
        self.devices = devices
        self.relays = relays
        self._director = director
        self._simulation = simulation

    async def go_on(self, now_ms: int) -> None:
        """Bring values and faults to `now_ms`. [ms since epoch, UTC]"""
        self._simulation.advance(now_ms)
        await self._director.tick(now_ms)

    async def keep_going(self, now_ms: Callable[[], int], every_s: float = 1.0) -> None:
        """Go on second by second until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            await self.go_on(now_ms())
            due = max(due + every_s, loop.time())
            await asyncio.sleep(due - loop.time())


@dataclass(frozen=True, slots=True)
class Start:
    """What a site is started with.

    Attributes
    ----------
    configuration : Configuration
        The site; its buses say where to listen.
    bindings : sequence of Binding
        What the devices are set to.
    simulation : Simulation
        What they show.
    faults : sequence of Fault
        The plan; only buses that need one get a relay.
    live_ms, seed : int
        Where the plan begins [ms since epoch, UTC]; decides which frames are garbled.
    """

    configuration: Configuration
    bindings: Sequence[Binding]
    simulation: Simulation
    faults: Sequence[Fault] = ()
    live_ms: int = 0
    seed: int = 0


async def serve(
    start: Start,
    tell: Callable[[RunningSite], None],
    now_ms: Callable[[], int],
    *,
    still: bool = False,
    seconds: float | None = None,
    polled: Polled | None = None,
    nudged: Callable[[], None] | None = None,
) -> None:
    """Serve a site until cancelled or for so many seconds.

    Parameters
    ----------
    start : Start
    tell : callable
        Called once when all buses listen.
    now_ms : callable
        The clock. [ms since epoch, UTC]
    still : bool
        Let no time pass for the simulation.
    seconds : float, optional
        How long. [s]
    polled : callable, optional
        See `running_site`.
    nudged : callable, optional
        Called at every SIGUSR1.
    """
    async with running_site(start, polled=polled) as site:
        if nudged is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, nudged)
        if not still:
            await site.go_on(now_ms())
        tell(site)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await (asyncio.Event().wait() if still else site.keep_going(now_ms))


@asynccontextmanager
async def running_site(
    start: Start, *, relay_all: bool = False, polled: Polled | None = None
) -> AsyncIterator[RunningSite]:
    """Serve a site until the context is left.

    Parameters
    ----------
    start : Start
    relay_all : bool
        A relay before every TCP bus, for tests that make faults by hand.
    polled : callable, optional
        Gives for a device what is to be called when it is polled, see `ServedDevice`.

    Raises
    ------
    OSError
        A port is taken.
    """
    configuration, simulation = start.configuration, start.simulation
    devices = {
        binding.device: _served(configuration, binding, simulation, polled)
        for binding in start.bindings
    }
    buses = {bus.id: bus for bus in configuration.settings.buses}
    places = {device.id: device.bus for device in devices.values()}
    with_relay = relayed(start.faults, places)
    if relay_all:
        with_relay |= {bus.id for bus in buses.values() if bus.kind != "rtu"}
    async with AsyncExitStack() as stack:
        addresses: dict[str, Address] = {}
        relays: dict[str, Relay] = {}
        for bus in buses.values():
            own = [device for device in devices.values() if device.bus == bus.id]
            server = BusServer(bus, own, _ANYWHERE if bus.id in with_relay else None)
            await server.start()
            stack.push_async_callback(server.stop)
            addresses[bus.id] = server.address
            if bus.id in with_relay:
                relay = relays[bus.id] = _relay(bus, server.address, start.seed)
                await relay.start()
                stack.push_async_callback(relay.stop)
                addresses[bus.id] = relay.address
        director = LineDirector(start.faults, devices, buses, relays, start.live_ms)
        yield RunningSite(addresses, devices, relays, director, simulation, start.live_ms)


def _served(
    configuration: Configuration,
    binding: Binding,
    simulation: Simulation,
    polled: Polled | None,
) -> ServedDevice:
    entry = configuration.entry(binding.device)
    return ServedDevice(
        entry,
        configuration.maps[entry.map],
        partial(simulation.values, binding.device),
        ratios=binding.ratios,
        units=binding.units,
        polled=polled(binding.device) if polled is not None else None,
    )


def _relay(bus: Bus, target: Address, seed: int) -> Relay:
    framing: Framing = "tcp" if bus.kind == "tcp" else "rtu"
    listen = (bus.host or "127.0.0.1", int(bus.port or 0))
    return Relay(target, framing, random.Random(stream_seed(seed, f"relay.{bus.id}")), listen)

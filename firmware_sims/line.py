"""Brings the line faults of a plan about: switches relays and devices as time passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from collector.config import Bus
from firmware_sims.fault_plan import (
    Dropped,
    Duplicate,
    Garbage,
    LineFault,
    Reboot,
    Refused,
    Slow,
    WordOrder,
)
from firmware_sims.faults import Fault
from firmware_sims.relay import Relay
from firmware_sims.server import ServedDevice


class LineDirector:
    """Knows which faults are due and who has to misbehave for them.

    Parameters
    ----------
    faults : sequence of Fault
        The plan; faults of values are none of its business.
    devices : mapping of str to ServedDevice
        By device id.
    buses : mapping of str to Bus
        By bus id.
    relays : mapping of str to Relay
        By bus id, for every bus that `relayed` names.
    live_ms : int
        Where the live run begins. [ms since epoch, UTC]
    """

    def __init__(
        self,
        faults: Sequence[Fault],
        devices: Mapping[str, ServedDevice],
        buses: Mapping[str, Bus],
        relays: Mapping[str, Relay],
        live_ms: int,
    ) -> None:
        self._faults = [f for f in faults if isinstance(f, LineFault | WordOrder)]
        self._devices = devices
        self._buses = buses
        self._relays = relays
        self._live_ms = live_ms
        self._active: list[Fault] = []
        self._cut: set[str] = set()

    async def tick(self, now_ms: int) -> list[Fault]:
        """Bring the faults that are due at `now_ms` about; return them."""
        active: list[Fault] = [
            fault for fault in self._faults if fault.is_active(now_ms, self._live_ms)
        ]
        if active != self._active:
            self._active = active
            for relay in self._relays.values():
                relay.heal_all()
            await self._hold(self._buses_down(active))
            for device in self._devices.values():
                wrong = any(isinstance(f, WordOrder) and f.device == device.id for f in active)
                device.swap_words(swapped=wrong)
            for fault in active:
                self._bring_about(fault)
        return active

    def _buses_down(self, active: Sequence[Fault]) -> set[str]:
        """Lines that take no connection; a device with a port of its own takes it along."""
        down = {fault.bus for fault in active if isinstance(fault, Dropped)}
        for fault in active:
            if isinstance(fault, Reboot):
                bus = self._devices[fault.device].bus
                others = [d for d in self._devices.values() if d.bus == bus]
                if self._buses[bus].kind == "tcp" and len(others) == 1:
                    down.add(bus)
        return down

    async def _hold(self, down: set[str]) -> None:
        for bus in sorted(down - self._cut):
            await self._relays[bus].cut()
        for bus in sorted(self._cut - down):
            await self._relays[bus].mend()
        self._cut = down

    def _bring_about(self, fault: Fault) -> None:
        match fault:
            case Reboot():
                device = self._devices[fault.device]
                self._relays[device.bus].silence(device.unit)
            case Slow():
                bus, unit = self._place(fault.device, fault.bus)
                late = self._buses[bus].timeout * 3 // 2
                delay_ms = late if fault.delay is None else fault.delay
                self._relays[bus].delay(delay_ms / 1000.0, unit)
            case Garbage():
                bus, unit = self._place(fault.device, fault.bus)
                self._relays[bus].garble(fault.share, unit)
            case Duplicate():
                device, twin = self._devices[fault.device], self._devices[fault.twin]
                self._relays[device.bus].duplicate(device.unit, twin.unit)
            case Refused():
                self._refuse(fault)

    def _place(self, device: str | None, bus: str | None) -> tuple[str, int | None]:
        if device is not None:
            return self._devices[device].bus, self._devices[device].unit
        return bus or "", None

    def _refuse(self, fault: Refused) -> None:
        device = self._devices[fault.device]
        for cell in device.image.cells:
            if cell.word.name in fault.fields:
                first = cell.word.address
                self._relays[device.bus].refuse(
                    device.unit, first, first + cell.word.count - 1, cell.function, fault.code
                )


def relayed(faults: Sequence[Fault], devices: Mapping[str, str]) -> set[str]:
    """Buses that need a relay for these faults; `devices` says on which bus a device stands."""
    return {fault.bus_among(devices) for fault in faults if isinstance(fault, LineFault)}

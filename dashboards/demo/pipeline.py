"""The processes of a demo, started in the order in which they need each other."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from collector.clock import Clock
from collector.errors import GroundwattError
from collector.sitefile import Configuration, load_site
from collector.store.choice import store_for
from dashboards.demo import folder
from dashboards.demo.children import GROUNDWATT, Child
from dashboards.demo.history import NICENESS, History
from dashboards.demo.ports import LOOPBACK, free_ports, next_free
from dashboards.demo.servers import answers, listens, mosquitto
from dashboards.demo.storage import storage

DRAINED_WITHIN_S = 20.0
STEP_MS = 60_000
"""History ends on a whole minute, with its last fine step."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the pipeline is made of, and where."""

    data: Path
    store: str
    scenario: str
    port: int
    seed: int | None
    history: bool
    keep: bool
    faults: bool = False

    @property
    def simulated(self) -> list[str]:
        """Options of the simulators, alike for history and the live run that follows it."""
        seed = ["--seed", str(self.seed)] if self.seed is not None else []
        return [*seed, *(["--faults"] if self.faults else [])]


class Pipeline:
    """Broker, simulators, collector, ingest worker, analytics, page, and the loading of history."""

    def __init__(
        self, wishes: Wishes, clock: Clock, rng: random.Random, say: Callable[[str], None]
    ) -> None:
        self._wishes = wishes
        self._clock = clock
        self._rng = rng
        self._say = say
        self._configuration: Configuration | None = None
        self._collector = self._groundwatt("collect")
        self._collector.stop_within_s = DRAINED_WITHIN_S
        self._ingest = self._groundwatt("ingest")
        self._analyse = self._groundwatt("analyse")
        self._analyse.stop_within_s = DRAINED_WITHIN_S
        self._analyse.niceness = NICENESS  # it also rolls up the year that is being loaded
        self.lasting: list[Child] = []
        self.history: History | None = None
        self.url = ""

    @property
    def configuration(self) -> Configuration:
        """The demo's site, once it is prepared."""
        if self._configuration is None:
            raise GroundwattError("the demo has not been prepared")
        return self._configuration

    @property
    def children(self) -> list[Child]:
        """Every process that has been started."""
        return [*self.lasting, *(self.history.children if self.history else ())]

    async def start(self) -> None:
        """Start everything; returns when the page answers.

        Raises
        ------
        ConfigError
            A program is missing, or the folder or scenario cannot be used.
        StoreError
            The store refuses us.
        ChildEnded
            A child ended or did not get ready.
        """
        await self._servers()
        until_ms = self._clock.now_ms() // STEP_MS * STEP_MS
        await self._devices_and_page(until_ms)
        if self._wishes.history:
            site, data = self.configuration.file, self._wishes.data
            self.history = History(
                site, data, self._wishes.scenario, until_ms, self._wishes.simulated
            )
            await self.history.start()

    async def drain(self) -> None:
        """End polling and computing, let what they have be delivered, then end ingest."""
        if self.history is not None:
            await asyncio.gather(*(child.stop() for child in self.history.children))
        await asyncio.gather(self._collector.stop(), self._analyse.stop())
        await self._ingest.stop()

    async def _servers(self) -> None:
        """Make the folder and the site file; start the broker and the store's server."""
        wishes = self._wishes
        source = folder.scenario_site(wishes.scenario)
        folder.prepare(wishes.data, keep=wishes.keep)
        [broker_port] = free_ports(1, self._rng)
        broker = mosquitto(wishes.data, broker_port)
        kept = storage(wishes.store, wishes.data, self._rng)
        site = folder.write_site(source, wishes.data, broker_port, kept.settings, self._rng)
        self._configuration = load_site(site)
        await self._launch(broker)
        await broker.ready(lambda: listens(broker_port))
        self._say(f"mosquitto listens on {LOOPBACK}:{broker_port}")
        if kept.server is not None:
            await self._launch(kept.server)
            await kept.server.ready(lambda: answers(kept.ping))
            self._say(f"InfluxDB answers at {kept.settings['url']}")
        store = store_for(self._configuration, wishes.data)
        await store.open()
        await store.close()

    async def _devices_and_page(self, until_ms: int) -> None:
        """Start groundwatt's own commands, each when there is something for it to work on."""
        wishes, site = self._wishes, str(self.configuration.file)
        where = ["--site", site, "--data", str(wishes.data)]
        simulators = self._groundwatt("sim")
        simulators.command += [
            "run", "--scenario", wishes.scenario, "--site", site, "--until", str(until_ms),
            "--json",
            *wishes.simulated,
        ]  # fmt: skip
        await self._launch(simulators)
        self._ingest.command += where
        await self._launch(self._ingest)
        page = self._page(where)
        await self._launch(page)
        await simulators.ready(lambda: _says(simulators.log, '"listening"'))
        self._say(f"{len(self.configuration.settings.devices)} simulated devices answer Modbus")
        self._collector.command += where
        await self._launch(self._collector)
        await self._collector.ready(lambda: _says(self._collector.log, "collector main, run"))
        self._analyse.command += where
        await self._launch(self._analyse)
        await page.ready(lambda: answers(f"{self.url}healthz"))
        self._say(f"live page: {self.url}")

    def _page(self, where: list[str]) -> Child:
        port = next_free(self._wishes.port)
        if port != self._wishes.port:
            self._say(f"port {self._wishes.port} is taken: the page gets port {port}")
        self.url = f"http://{LOOPBACK}:{port}/"
        page = self._groundwatt("serve")
        page.command += [*where, "--port", str(port)]
        return page

    def _groundwatt(self, command: str) -> Child:
        return Child(command, [GROUNDWATT, command], self._wishes.data / "logs" / f"{command}.log")

    async def _launch(self, child: Child) -> None:
        self.lasting.append(child)
        await child.start()


async def _says(log: Path, word: str) -> bool:
    text = await asyncio.to_thread(log.read_text, encoding="utf-8", errors="replace")
    return word in text

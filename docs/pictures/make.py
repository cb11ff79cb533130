"""Make the pictures of the README from a running demo: `python docs/pictures/make.py`.

Takes about two minutes: a demo is started in a temporary folder, its history is awaited, and the
page and the terminal are photographed by Chromium. Run by hand before a release.
"""

from __future__ import annotations

import asyncio
import io
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.async_api import Browser, async_playwright
from rich.console import Console

from collector.clock import SystemClock
from collector.sitefile import load_site
from collector.store.choice import store_for
from dashboards.demo.history import Progress, last_object
from dashboards.demo.table import board
from dashboards.demo.tally import Tally

PICTURES = Path(__file__).parent
GROUNDWATT = str(Path(sys.executable).with_name("groundwatt"))
PORT = 18_080
README_URL = "http://127.0.0.1:8080/"
DEADLINE_S = 300
REGISTERS_EVERY_S = 60
"""Counters are polled once a minute: before, the page shows those of the history."""
VIEWS = {
    "live-wall-zh.png": (1920, 1080, 1, "?lang=zh&theme=dark&range=7d"),
    "live-en.png": (1440, 900, 1, "?lang=en&theme=light&range=24h"),
    "live-phone.png": (390, 844, 2, "?lang=zh&theme=light&range=24h"),
}
TERMINAL = (118, 52)
STYLE = (
    "body {{margin: 0; background: #101616; color: #dfe7e5; width: max-content;}}"
    "pre {{margin: 0; padding: 18px 22px; font: 15px/1.35 'DejaVu Sans Mono', monospace;}}"
    "{stylesheet}"
)
HTML = "<style>" + STYLE + "</style><pre>{code}</pre>"


async def main() -> None:
    """Start a demo, take the pictures, end it."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "demo"
        demo = subprocess.Popen(  # noqa: ASYNC220, S603 - returns at once
            [GROUNDWATT, "demo", "--data", str(data), "--port", str(PORT)]
        )
        try:
            await _until_loaded(data, demo)
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
                )
                await _photograph_page(browser)
                await _photograph_terminal(browser, data)
                await browser.close()
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)


async def _until_loaded(data: Path, demo: subprocess.Popen[bytes]) -> None:
    """Wait until all history is in the store and everything has been polled once more."""
    deadline = time.monotonic() + DEADLINE_S
    log = data / "logs" / "history-ingest.log"
    written = data / "logs" / "history.log"
    while time.monotonic() < deadline and demo.poll() is None:
        expected = last_object(written).get("expected", 0)
        if expected and last_object(log).get("lines", 0) >= expected:
            await asyncio.sleep(REGISTERS_EVERY_S + 5)
            return
        await asyncio.sleep(1)
    raise SystemExit("the demo's history did not get complete")


async def _photograph_page(browser: Browser) -> None:
    for name, (width, height, scale, query) in VIEWS.items():
        page = await browser.new_page(
            viewport={"width": width, "height": height}, device_scale_factor=scale
        )
        await page.goto(f"http://127.0.0.1:{PORT}/{query}")
        await page.wait_for_selector('.canvas[data-points]:not([data-points="0"]) canvas')
        await page.evaluate("document.fonts.ready")
        await page.screenshot(path=PICTURES / name)
        await page.close()


async def _photograph_terminal(browser: Browser, data: Path) -> None:
    """Draw the demo's board in a terminal of its own and photograph that."""
    configuration = load_site(data / "site.yaml")
    clock = SystemClock()
    store = store_for(configuration, data)
    tally = Tally(configuration.site, store, clock, clock.now_ms() - 60_000)
    works = [asyncio.create_task(tally.live.run()), asyncio.create_task(tally.run())]
    for _ in range(300):
        await asyncio.sleep(0.2)
        if tally.picture().polls and not tally.live.outage:
            break
    width, height = TERMINAL
    console = Console(
        record=True, width=width, height=height, force_terminal=True,
        color_system="truecolor", file=io.StringIO(),
    )  # fmt: skip
    history = Progress("year", 912_000, 1_689_404)
    console.print(
        board(configuration.site, tally.picture(), history, README_URL, 38.0, console, "en")
    )
    page = await browser.new_page(device_scale_factor=1)
    await page.set_content(console.export_html(code_format=HTML))
    await page.locator("body").screenshot(path=PICTURES / "demo-terminal.png")
    for work in works:
        work.cancel()
    await asyncio.gather(*works, return_exceptions=True)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main())

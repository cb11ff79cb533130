"""The live page in a real browser, over a real server and store."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect

from collector.sitefile import Configuration, load_site
from collector.store import Store
from collector.store.choice import store_for
from dashboards.web.application import application
from tests.dashboards.office import DEVICES, NOW_MS, office, sample, store_of, write_office
from tests.dashboards.web.serving import Office, Serving, SteppedClock, serving
from tests.servers import influxd_server

CHROMIUM = "/usr/bin/chromium"
HOUR_MS = 3_600_000
WITHIN_MS = 15_000
NARROW = {"width": 390, "height": 844}
LANGUAGES = [("zh", "zh-CN", "梧桐办公园区"), ("en", "en", "Wutong Office Park")]


@pytest_asyncio.fixture
async def page() -> AsyncIterator[Page]:
    """A page in a browser of its own; anything it complains about fails the test."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(WITHIN_MS)
        page.on(
            "console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else 0
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        await browser.close()
    expected = [text for text in complaints if "503" not in text and "ERR_" not in text]
    assert expected == []


@pytest.fixture
def place(tmp_path: Path) -> Office:
    return Office(office(tmp_path), tmp_path, SteppedClock())


@pytest.fixture
def served(place: Office) -> Iterator[Serving]:
    store = store_of(place.configuration, place.directory)
    with serving(application(place.configuration, store, place.clock)) as server:
        yield server


async def filled(place: Office, hours: int = 2) -> None:
    """Hours of data at one sample a minute for all devices, up to now."""
    devices = [d for d in place.configuration.site.devices.values() if d.kind != "collector"]
    slots = range(NOW_MS - hours * HOUR_MS, NOW_MS + 1, 60_000)
    await place.keep(sample(device, at) for device in devices for at in slots)


async def drawn(page: Page) -> None:
    """Wait until a chart with data is on the page."""
    await page.wait_for_selector('.canvas[data-points]:not([data-points="0"]) canvas')


async def coloured_columns(page: Page, colour: str) -> list[float]:
    """Places across the plot (0 to 1) at which a pixel has the colour of the custom property."""
    found: list[float] = await page.evaluate(
        """(name) => {
        const probe = document.createElement("i");
        probe.style.color = getComputedStyle(document.documentElement).getPropertyValue(name);
        document.body.append(probe);
        const wanted = getComputedStyle(probe).color.match(/\\d+/g).slice(0, 3).map(Number);
        probe.remove();
        const canvas = document.querySelector(".canvas canvas");
        const over = document.querySelector(".canvas .u-over").getBoundingClientRect();
        const left = over.left - canvas.getBoundingClientRect().left;
        const { width, height } = canvas;
        const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
        const places = [];
        for (let x = 0; x < over.width; x++) {
          const column = Math.round((left + x) * devicePixelRatio);
          for (let y = 0; y < height; y++) {
            const i = 4 * (y * width + column);
            const near = wanted.every((part, k) => Math.abs(pixels[i + k] - part) < 12);
            if (near && pixels[i + 3] > 200) { places.push(x / over.width); break; }
          }
        }
        return places;
      }""",
        colour,
    )
    return found


@pytest.mark.parametrize(("lang", "tag", "title"), LANGUAGES)
async def test_every_device_is_on_the_page_in_both_languages(
    page: Page, served: Serving, place: Office, lang: str, tag: str, title: str
) -> None:
    await filled(place)
    await page.goto(f"{served.url}?lang={lang}")
    await expect(page.locator("#site")).to_have_text(title)
    await expect(page.locator("html")).to_have_attribute("lang", tag)
    await expect(page.locator(".wall tbody tr")).to_have_count(len(DEVICES) + 1)
    good = page.locator('.wall tbody tr[data-condition="good"]')
    await expect(good).to_have_count(len(DEVICES))
    await drawn(page)


async def test_the_language_can_be_switched_in_place(page: Page, served: Serving) -> None:
    await page.goto(f"{served.url}?lang=en")
    await page.locator("#language").click()
    await expect(page.locator("#site")).to_have_text("梧桐办公园区")
    await expect(page.locator(".wall")).to_contain_text("热泵机组1")
    assert "lang=zh" in page.url


async def test_a_new_sample_shows_without_reloading(
    page: Page, served: Serving, place: Office
) -> None:
    device = place.configuration.site.devices["em-main"]
    await place.keep([sample(device, NOW_MS - 10_000)])
    await page.goto(f"{served.url}?lang=en")
    value = page.get_by_role("button", name=re.compile("Main supply, Active power"))
    before = sample(device, NOW_MS - 10_000)
    await expect(value).to_have_text(f"{before.values['power_kw']:.1f}")
    changed = {**before.values, "power_kw": 77.7}
    await place.keep([type(before)(device.id, NOW_MS, "testrun1", 2, 30, changed, {})])
    await expect(value).to_have_text("77.7")


async def test_conditions_show_in_words(page: Page, served: Serving, place: Office) -> None:
    devices = place.configuration.site.devices
    await place.keep(
        [
            sample(devices["hp-2"], NOW_MS, power_kw="uncertain:out-of-range"),
            sample(devices["hp-3"], NOW_MS, all_fields="bad:no-answer"),
        ]
    )
    await page.goto(f"{served.url}?lang=zh")
    rows = page.locator(".wall tbody tr")
    await expect(rows.filter(has_text="热泵机组2")).to_contain_text("存疑")
    await expect(rows.filter(has_text="热泵机组3")).to_contain_text("无应答")
    await expect(rows.filter(has_text="热泵机组1")).to_contain_text("无数据")
    doubted = rows.filter(has_text="热泵机组2").get_by_role("button", name="超出合理范围")
    await expect(doubted).to_have_attribute("data-flag", "uncertain")


async def test_the_chart_draws_what_is_stored_and_nothing_in_a_gap(
    page: Page, served: Serving, place: Office
) -> None:
    device = place.configuration.site.devices["em-main"]
    start = NOW_MS - HOUR_MS
    hole = range(start + int(0.4 * HOUR_MS), start + int(0.6 * HOUR_MS))
    slots = [at for at in range(start, NOW_MS + 1, 10_000) if at not in hole]
    await place.keep(sample(device, at) for at in slots)
    await page.goto(f"{served.url}?lang=en&theme=light&device=em-main&field=power_kw&range=1h")
    await drawn(page)
    places = await coloured_columns(page, "--series-1")
    assert len([x for x in places if x < 0.39]) > 100
    assert len([x for x in places if x > 0.61]) > 100
    assert [x for x in places if 0.42 < x < 0.58] == []


async def test_the_address_holds_the_view(page: Page, served: Serving, place: Office) -> None:
    await filled(place)
    await page.goto(f"{served.url}?lang=en")
    await page.get_by_role("button", name=re.compile("Heat pump 1, Active power")).click()
    await page.locator('[data-range="7d"]').click()
    assert "device=hp-1&field=power_kw&range=7d&lang=en" in page.url
    await page.reload()
    await expect(page.locator('[data-range="7d"]')).to_have_attribute("aria-pressed", "true")
    await expect(page.locator(".legend li")).to_have_text(re.compile("Heat pump 1 · Active power"))
    await page.go_back()
    await expect(page.locator('[data-range="24h"]')).to_have_attribute("aria-pressed", "true")


async def test_points_can_be_laid_over_each_other(
    page: Page, served: Serving, place: Office
) -> None:
    await filled(place)
    await page.goto(f"{served.url}?lang=en&device=hp-1&field=power_kw&range=1h")
    await page.get_by_role("button", name="Compare").click()
    await page.get_by_role("button", name=re.compile("Heat pump 2, Active power")).click()
    await expect(page.locator(".legend li")).to_have_count(2)
    assert "device=hp-1,hp-2&field=power_kw" in page.url
    await page.get_by_role("button", name=re.compile("Remove Heat pump 1")).click()
    await expect(page.locator(".legend li")).to_have_count(1)


async def test_the_page_works_by_keyboard(page: Page, served: Serving, place: Office) -> None:
    await filled(place)
    await page.goto(f"{served.url}?lang=en&range=1h")
    await drawn(page)
    await page.get_by_role("button", name=re.compile("Heat pump 2, Active power")).focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".legend")).to_contain_text("Heat pump 2")
    await drawn(page)
    await page.locator(".canvas").focus()
    await page.keyboard.press("ArrowLeft")
    await expect(page.locator(".spoken")).to_contain_text(re.compile(r"Active power [\d.]+ kW"))


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_a_phone_shows_whole_numbers_and_does_not_scroll_sideways(
    page: Page, served: Serving, place: Office, lang: str
) -> None:
    await filled(place)
    await page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    await page.goto(f"{served.url}?lang={lang}")
    await drawn(page)
    assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    cut = await page.evaluate(
        """[...document.querySelectorAll(".wall .value button")]
           .filter((b) => b.offsetParent && b.scrollWidth > b.clientWidth)
           .map((b) => b.textContent)"""
    )
    assert cut == []


async def test_titles_are_text_and_never_markup(page: Page, tmp_path: Path) -> None:
    site = write_office(tmp_path)
    evil = "<img src=x onerror=document.body.remove()>"
    site.write_text(site.read_text().replace("en: Heat pump 1", f'en: "{evil}"'))
    configuration = load_site(site)
    app = application(configuration, store_of(configuration, tmp_path), SteppedClock())
    with serving(app) as server:
        await page.goto(f"{server.url}?lang=en")
        await expect(page.locator(".wall")).to_contain_text(evil)
        assert await page.locator(".wall img").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_text_keeps_the_contrast_of_wcag_aa(page: Page, served: Serving, theme: str) -> None:
    await page.goto(f"{served.url}?lang=en&theme={theme}")
    await expect(page.locator("html")).to_have_attribute("data-theme", theme)
    weak = await page.evaluate(
        """() => {
        const style = getComputedStyle(document.documentElement);
        const probe = document.body.appendChild(document.createElement("i"));
        const light = (name) => {
          probe.style.color = style.getPropertyValue(name);
          const parts = getComputedStyle(probe).color.match(/\\d+/g).slice(0, 3)
            .map((part) => part / 255)
            .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
          return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
        };
        const ratio = (one, other) => {
          const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
          return (high + 0.05) / (low + 0.05);
        };
        const pairs = [];
        for (const text of ["--ink", "--muted", "--accent", "--doubtful", "--silent", "--stale"]) {
          for (const back of ["--page", "--card"]) pairs.push([text, back]);
        }
        pairs.push(["--ink", "--chosen"], ["--ink", "--raised"], ["--silent", "--silent-back"],
                   ["--ink", "--silent-back"], ["--accent", "--raised"]);
        return pairs.filter(([a, b]) => ratio(a, b) < 4.5).map((p) => p.join(" on "));
      }"""
    )
    assert weak == []


async def test_an_outage_of_the_store_shows_and_passes(page: Page, tmp_path: Path) -> None:
    (tmp_path / "influx").mkdir()
    with influxd_server(tmp_path / "influx") as influx:
        configuration = office(tmp_path, f"store: {{kind: influx1, url: '{influx.url}'}}")
        store = store_for(configuration, tmp_path)
        await _write_some(store, configuration)
        app = application(configuration, store_for(configuration, tmp_path), SteppedClock())
        with serving(app) as server:
            await page.goto(f"{server.url}?lang=en&device=em-main&field=power_kw&range=1h")
            await drawn(page)
            await expect(page.locator("#outage")).to_be_hidden()
            await asyncio.to_thread(influx.kill)
            await expect(page.locator("#outage")).to_contain_text("The store cannot be read")
            answer = await page.request.get(f"{server.url}api/v1/latest")
            assert answer.status == 503
            assert "store" in (await answer.json())["error"]["problem"]
            await asyncio.to_thread(influx.start)
            await expect(page.locator("#outage")).to_be_hidden()


async def _write_some(store: Store, configuration: Configuration) -> None:
    device = configuration.site.devices["em-main"]
    await store.open()
    await store.write([sample(device, at) for at in range(NOW_MS - 600_000, NOW_MS + 1, 10_000)])
    await store.close()

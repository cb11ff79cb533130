/** The page: puts the parts together and keeps the address bar in step with the view. */
import { el, mark, say } from "./dom.js";
import { Details } from "./details.js";
import { DATE, moment, TIME_S } from "./format.js";
import { Live } from "./live.js";
import { Site } from "./site.js";
import { Tiles } from "./tiles.js";
import { Trend } from "./trend.js";
import { MOST_SERIES, readView, sameSeries, THEMES, writeView } from "./view.js";
import { Wall } from "./wall.js";
import { word } from "./words.js";

const $ = (id) => document.getElementById(id);
const DARK = matchMedia("(prefers-color-scheme: dark)");
const THEME_WORDS = { auto: "themeAuto", light: "themeLight", dark: "themeDark" };

class Page {
  constructor(site) {
    this.site = site;
    this.live = new Live();
    const pick = (series, event) => this.pick(series, event);
    this.tiles = new Tiles($("headline"), site, this.live, pick);
    this.wall = new Wall($("wall"), site, this.live, pick);
    this.details = new Details($("details"), site, this.live, pick);
    this.trend = new Trend($("trend"), site, this.live, {
      range: (range) => this.show({ ...this.view, range }),
      drop: (curve) => this.show({
        ...this.view,
        series: this.view.series.filter((s) => !sameSeries([s], [curve])),
      }),
    });
  }

  start() {
    $("language").addEventListener("click", () =>
      this.show({ ...this.view, lang: this.view.lang === "zh" ? "en" : "zh" }));
    $("theme").addEventListener("click", () => {
      const next = THEMES[(THEMES.indexOf(this.view.theme) + 1) % THEMES.length];
      this.show({ ...this.view, theme: next });
    });
    addEventListener("popstate", () => this.#render(readView(location.search, this.site)));
    DARK.addEventListener("change", () => {
      this.#dress();
      this.trend.draw();
    });
    this.live.addEventListener("picture", () => this.#refresh());
    this.live.addEventListener("tick", () => this.#refresh());
    this.#render(readView(location.search, this.site));
    this.live.start();
  }

  /** Take points into the chart: in place of what is there, or beside it. */
  pick(series, event) {
    const beside = this.trend.compare || event?.shiftKey;
    const others = beside
      ? this.view.series.filter((s) => !series.some((t) => sameSeries([s], [t])))
      : [];
    this.show({ ...this.view, series: [...others, ...series].slice(-MOST_SERIES) });
    if (matchMedia("(max-width: 64rem)").matches) $("trend").scrollIntoView({ block: "start" });
  }

  show(view) {
    const address = writeView(view);
    if (address !== location.search) history.pushState(null, "", address);
    this.#render(view);
  }

  #render(view) {
    const before = this.view;
    this.view = view;
    const { lang } = view;
    this.#dress();
    if (lang !== before?.lang) this.#speak(lang);
    say($("theme"), word(THEME_WORDS[view.theme], lang));
    mark($("theme"), "aria-label", `${word("theme", lang)}: ${word(THEME_WORDS[view.theme], lang)}`);
    if (lang !== before?.lang || !sameSeries(view.series, before.series)) {
      this.details.build(lang, view.series);
      this.trend.build(view);
    } else if (view.range !== before.range) {
      this.trend.build(view);
    } else if (view.theme !== before.theme) {
      this.trend.draw();
    }
    this.#refresh();
  }

  /** Put the theme on; "auto" follows the system. */
  #dress() {
    const system = DARK.matches ? "dark" : "light";
    mark(document.documentElement, "data-theme", this.view.theme === "auto" ? system : this.view.theme);
  }

  #speak(lang) {
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    const title = this.site.description.title[lang];
    document.title = `${title} · groundwatt`;
    say($("site"), title);
    say($("language"), word("language", lang));
    mark($("language"), "aria-label", word("languageLabel", lang));
    for (const element of document.querySelectorAll("[data-words]")) {
      say(element, word(element.dataset.words, lang));
    }
    this.tiles.build(lang);
    this.wall.build(lang);
  }

  #refresh() {
    const { lang, series } = this.view;
    const { timezone } = this.site.description;
    this.tiles.update();
    this.wall.update(series);
    this.details.update(series);
    this.trend.update();
    const now = this.live.now();
    const date = moment(now, timezone, lang, DATE);
    say($("clock"), `${date}  ${moment(now, timezone, lang, TIME_S)}`);
    this.#link(lang, timezone);
  }

  #link(lang, timezone) {
    const { connected, outage, pictureAt, heardAt } = this.live;
    const begun = heardAt > 0 || performance.now() > 15_000;
    const state = !begun || outage === "starting" ? "starting"
      : !connected ? "lost" : outage ? "outage" : "live";
    mark($("link"), "data-state", state);
    say($("link"), word(state === "outage" ? "stale" : state, lang));
    const time = pictureAt ? moment(pictureAt, timezone, lang, TIME_S) : "–";
    const sentence = { lost: "lostLong", outage: "outage" }[state];
    say($("outage"), sentence ? word(sentence, lang, { time, reason: outage }) : "");
    $("outage").hidden = !sentence;
    mark(document.body, "data-link", state);
  }
}

async function begin() {
  const response = await fetch("/api/v1/site");
  if (!response.ok) throw new Error(`/api/v1/site: ${response.status}`);
  new Page(new Site(await response.json())).start();
}

begin().catch((error) => {
  document.body.append(el("p", { class: "outage", role: "alert" }, String(error.message)));
});

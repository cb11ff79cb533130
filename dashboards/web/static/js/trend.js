/** The chart of the chosen points: loads their curves, keeps them fresh, says what stands under the
 *  cursor. */
import { el, say } from "./dom.js";
import { joined, meanIndices, momentAt, plotOptions, shown, valueAt } from "./plot.js";
import { RANGES } from "./view.js";
import { word } from "./words.js";

const REFRESH_MS = { "1h": 10_000, "24h": 15_000, "7d": 30_000, "1y": 30_000 };
const COLOURS = 8;
/** A year reads best as days. */
const DAYS_OF_YEAR = { "1y": 366 };

export class Trend {
  constructor(root, site, live, actions) {
    Object.assign(this, { root, site, live, actions });
    this.curves = [];
    this.plot = null;
    this.compare = false;
    this.request = 0;
    this.timer = null;
    this.place = null;
    document.addEventListener("visibilitychange", () => document.hidden || this.view && this.load());
  }

  /** Lay out everything anew, for a language or for other series. */
  build(view) {
    this.view = view;
    const { lang } = view;
    this.place = null;
    this.readout = el("span", { class: "readout" });
    this.leftUnit = el("span", { "aria-hidden": "true" });
    this.rightUnit = el("span", { "aria-hidden": "true" });
    this.spoken = el("p", { class: "spoken", "aria-live": "polite" });
    this.notice = el("p", { class: "notice", hidden: true });
    this.canvas = el("div", { class: "canvas", tabindex: "0", role: "group" });
    this.canvas.addEventListener("keydown", (event) => this.#step(event));
    this.legend = el("ul", { class: "legend" });
    this.root.replaceChildren(
      el("header", {}, el("h2", {}, word("trend", lang)), this.#ranges(),
        this.#compareButton()),
      this.legend, el("p", { class: "units" }, this.leftUnit, this.readout, this.rightUnit),
      el("div", { class: "stage" }, this.canvas, this.notice),
      this.spoken);
    this.sizes?.disconnect();
    this.sizes = new ResizeObserver(() => this.#fit());
    this.sizes.observe(this.canvas);
    this.plot?.destroy();
    this.plot = null;
    this.curves = [];
    this.#say(word("loading", lang));
    this.load();
  }

  /** Read the curves from the server, and again after a while. */
  async load() {
    clearTimeout(this.timer);
    const request = ++this.request;
    await this.live.ready;
    if (request !== this.request) return;
    const to = Math.ceil(this.live.now() / 1000) * 1000;
    const from = to - RANGES[this.view.range];
    try {
      const curves = await this.#fetch(from, to);
      if (request !== this.request) return;
      this.span = [from, to];
      this.curves = curves;
      this.draw();
    } catch (error) {
      if (request !== this.request) return;
      this.#say(word("unreadable", this.view.lang, { reason: error.message }));
    }
    this.timer = setTimeout(() => document.hidden || this.load(), REFRESH_MS[this.view.range]);
  }

  async #fetch(from, to) {
    const points = DAYS_OF_YEAR[this.view.range]
      ?? Math.max(300, Math.min(1500, this.canvas.clientWidth || 800));
    const byDevice = grouped(this.view.series);
    const bodies = await Promise.all([...byDevice].map(async ([device, series]) => {
      const fields = series.map((s) => s.field).join();
      const query = `device=${device}&field=${fields}&from=${from}&to=${to}&points=${points}`;
      const response = await fetch(`/api/v1/readings?${query}`);
      const body = await response.json();
      if (!response.ok) throw new Error(body.error?.problem ?? response.statusText);
      return [device, body];
    }));
    const found = new Map(bodies);
    return this.view.series.map((s, i) => this.#curve(s, found.get(s.device).fields[s.field], i));
  }

  #curve({ device, field }, columns, index) {
    const point = this.site.point(device, field);
    const { lang } = this.view;
    const isState = field === "state";
    return {
      ...columns, device, field, unit: point.unit, decimals: point.decimals, colourIndex: index % COLOURS,
      stepped: point.kind === "state",
      label: isState ? (value) => this.site.stateTitle(value, lang) : null,
    };
  }

  /** Draw what is loaded, with the colours of the day. */
  draw() {
    if (!this.view || !this.span) return;
    const look = lookOf(this.root);
    for (const curve of this.curves) curve.colour = look.series[curve.colourIndex];
    const empty = this.curves.every((curve) => !curve.mean.some((value) => value != null));
    this.#say(empty ? word("empty", this.view.lang) : "");
    const { lang } = this.view;
    const frame = {
      width: this.canvas.clientWidth, height: this.canvas.clientHeight, look, lang,
      timezone: this.site.description.timezone, gapWord: word("gap", lang),
      span: () => this.span, onCursor: (place) => this.#point(place),
    };
    const keep = this.plot?.cursor.left ?? -1;
    this.plot?.destroy();
    this.plot = new uPlot(plotOptions(this.curves, frame), joined(this.curves), this.canvas);
    if (keep >= 0) this.plot.setCursor({ left: keep, top: 10 });
    this.#units();
    this.#legend();
    this.canvas.dataset.points = this.curves.reduce((sum, curve) => sum + curve.at.length, 0);
  }

  /** Show the newest values in the legend while nothing is pointed at. */
  update() {
    if (this.place == null) this.#values();
  }

  #units() {
    const [left, right] = new Set(this.curves.map((curve) => curve.unit));
    say(this.leftUnit, left ?? "");
    say(this.rightUnit, right ?? "");
    const what = this.curves.map((curve) => this.#title(curve)).join(", ");
    const range = word(this.view.range, this.view.lang);
    this.canvas.setAttribute("aria-label", word("chartLabel", this.view.lang, { what, range }));
  }

  #legend() {
    const { lang } = this.view;
    const several = this.curves.length > 1;
    this.legend.replaceChildren(...this.curves.map((curve) => {
      curve.figure = el("strong", {});
      const drop = several && el("button", {
        type: "button", class: "drop", title: word("remove", lang, { what: this.#title(curve) }),
        "aria-label": word("remove", lang, { what: this.#title(curve) }),
        onclick: () => this.actions.drop(curve),
      }, "×");
      return el("li", { "data-series": curve.colourIndex + 1 },
        el("span", { class: "swatch", "aria-hidden": "true" }),
        el("span", { class: "what" }, this.#title(curve)), curve.figure,
        el("span", { class: "unit" }, curve.unit), drop || null);
    }));
    this.#values();
  }

  #title({ device, field }) {
    const { lang } = this.view;
    const name = this.site.devices.get(device).title[lang];
    return `${name} ${lang === "zh" ? "" : "· "}${this.site.title(field, lang)}`;
  }

  #values() {
    const indices = meanIndices(this.curves);
    this.curves.forEach((curve, i) => {
      if (!curve.figure) return;
      const value = this.place == null
        ? this.live.reading(curve.device, curve.field)?.value
        : valueAt(this.plot, indices[i], this.place);
      say(curve.figure, shown(curve, value));
    });
    const banded = this.curves.some((curve) => curve.low);
    say(this.readout, this.place == null
      ? (banded ? word("band", this.view.lang) : "")
      : momentAt(this.plot, this.place, {
        lang: this.view.lang, timezone: this.site.description.timezone,
      }));
  }

  #point(place) {
    if (place === this.place) return;
    this.place = place ?? null;
    if (this.plot) this.#values();
  }

  #step(event) {
    const move = { ArrowLeft: -1, ArrowRight: 1, PageDown: -20, PageUp: 20 }[event.key];
    if (!this.plot || !move) return;
    event.preventDefault();
    const times = this.plot.data[0];
    const at = Math.max(0, Math.min(times.length - 1, (this.place ?? times.length) + move));
    this.plot.setCursor({ left: this.plot.valToPos(times[at], "x"), top: 10 });
    const figures = this.curves.map((c) => `${this.#title(c)} ${c.figure.textContent} ${c.unit}`);
    say(this.spoken, `${this.readout.textContent}: ${figures.join(", ")}`);
  }

  #ranges() {
    const { lang, range } = this.view;
    return el("div", { class: "segments", role: "group", "aria-label": word("range", lang) },
      ...Object.keys(RANGES).map((name) => el("button", {
        type: "button", "data-range": name, "aria-pressed": String(name === range),
        onclick: () => this.actions.range(name),
      }, word(name, lang))));
  }

  #compareButton() {
    const { lang } = this.view;
    const button = el("button", {
      type: "button", class: "compare", title: word("compareHint", lang),
      "aria-pressed": String(this.compare),
      onclick: () => {
        this.compare = !this.compare;
        button.setAttribute("aria-pressed", String(this.compare));
      },
    }, word("compare", lang));
    return button;
  }

  #fit() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (this.plot && width && (this.plot.width !== width || this.plot.height !== height)) {
      this.plot.setSize({ width, height });
    }
  }

  #say(text) {
    say(this.notice, text);
    this.notice.hidden = !text;
  }
}

function grouped(series) {
  const groups = new Map();
  for (const one of series) groups.set(one.device, [...(groups.get(one.device) ?? []), one]);
  return groups;
}

/** Colours and type of the page, for the canvas. */
function lookOf(element) {
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(name).trim();
  const size = Math.round(parseFloat(style.fontSize) * 0.8);
  return {
    muted: colour("--muted"), line: colour("--grid"), doubt: colour("--doubtful"), size,
    font: `${size}px ${style.fontFamily}`,
    series: Array.from({ length: COLOURS }, (_, i) => colour(`--series-${i + 1}`)),
  };
}

/** Every point of one device: the device that was picked last. */
import { el, mark, say } from "./dom.js";
import { age, number } from "./format.js";
import { reasonTitle, word } from "./words.js";

export class Details {
  constructor(root, site, live, pick) {
    this.root = root;
    this.site = site;
    this.live = live;
    this.pick = pick;
    this.rows = [];
    this.open = matchMedia("(min-width: 64rem)").matches;
  }

  build(lang, series) {
    this.lang = lang;
    this.device = this.site.devices.get(series.at(-1)?.device);
    this.root.hidden = !this.device;
    if (!this.device) return;
    this.summary = el("span", { class: "facts" });
    this.rows = this.device.points.map((point) => this.#row(point));
    const folded = el("details", { open: this.open },
      el("summary", {}, el("strong", {}, this.device.title[lang]), this.summary),
      el("table", {}, el("tbody", {}, ...this.rows.map((row) => row.element))));
    folded.addEventListener("toggle", () => { this.open = folded.open; });
    this.root.replaceChildren(folded);
    this.update(series);
  }

  update(series = this.series ?? []) {
    this.series = series;
    if (!this.device) return;
    const picked = new Set(series.map((s) => `${s.device}.${s.field}`));
    const live = this.live.devices.get(this.device.id);
    const facts = [
      this.site.kindTitle(this.device.kind, this.lang), this.device.id,
      `${word("interval", this.lang)} ${age(this.device.interval_ms, this.lang)}`,
      live?.at ? `${word("lag", this.lang)} ${live.lag}\u202fms` : word("never", this.lang),
    ];
    say(this.summary, facts.join(" · "));
    for (const row of this.rows) this.#show(row, picked);
  }

  #row(point) {
    const value = el("td", { class: "value" });
    const note = el("td", { class: "note" });
    const name = el("button", {
      type: "button",
      onclick: (event) => this.pick([{ device: this.device.id, field: point.field }], event),
    }, point.title[this.lang]);
    const element = el("tr", {}, el("th", { scope: "row" }, name), value,
      el("td", { class: "unit" }, point.unit), note);
    return { point, element, value, note, name };
  }

  #show({ point, element, value, note, name }, picked) {
    const reading = this.live.reading(this.device.id, point.field);
    const text = point.field === "state" && reading?.value != null
      ? this.site.stateTitle(reading.value, this.lang)
      : number(reading?.value, point.decimals);
    say(value, text);
    const since = reading ? age(this.live.now() - reading.at, this.lang) : "";
    say(note, reading?.flag ? reasonTitle(reading.flag, this.lang) : since);
    mark(element, "data-flag", reading?.flag ? reading.flag.split(":")[0] : null);
    mark(name, "aria-pressed", String(picked.has(`${this.device.id}.${point.field}`)));
  }
}

/** All devices with their newest values: a table for each system and kind of device, by building. */
import { el, mark, say } from "./dom.js";
import { age, number } from "./format.js";
import { reasonTitle, word } from "./words.js";

export class Wall {
  constructor(root, site, live, pick) {
    this.root = root;
    this.site = site;
    this.live = live;
    this.pick = pick;
    this.rows = [];
  }

  build(lang) {
    this.lang = lang;
    this.rows = [];
    const sections = this.site.groups().map(([building, blocks]) => this.#building(building, blocks));
    this.root.replaceChildren(...sections);
    this.update();
  }

  /** Show what is newest; `chosen` are the series in the chart. */
  update(chosen = this.chosen ?? []) {
    this.chosen = chosen;
    const picked = new Set(chosen.map((s) => `${s.device}.${s.field}`));
    const now = this.live.now();
    for (const row of this.rows) this.#show(row, picked, now);
  }

  #building(building, blocks) {
    const title = this.site.buildingTitle(building, this.lang) ?? word("siteWide", this.lang);
    const tables = [...blocks.values()].map((devices) => this.#table(devices, building));
    return el("section", { class: "building" }, el("h2", {}, title), ...tables);
  }

  #table(devices, building) {
    const { kind } = devices[0];
    const fields = this.site.columns(kind, devices);
    const title = this.site.blockTitle(devices, this.lang);
    const heads = fields.map((field) => {
      const point = devices.map((d) => this.site.point(d.id, field)).find(Boolean);
      return el("th", { scope: "col", class: `value ${point.kind}`, title: this.site.title(field, this.lang) },
        this.site.label(field, this.lang),
        point.unit ? el("span", { class: "unit" }, ` ${point.unit}`) : null);
    });
    return el("table", { class: "card", "data-columns": fields.length },
      el("thead", {}, el("tr", {},
        el("th", { scope: "col", title }, title), ...heads,
        el("th", { scope: "col", class: "seen" }, word("lastSeen", this.lang)))),
      el("tbody", {}, ...devices.map((device) => this.#row(device, fields, building))));
  }

  #row(device, fields, building) {
    const cells = fields.map((field) => this.#cell(device, field));
    const lamp = el("span", { class: "lamp", "aria-hidden": "true" });
    const seen = el("td", { class: "seen" });
    const name = el("button", {
      type: "button", class: "name", title: `${device.title[this.lang]} (${device.id})`,
      onclick: (event) => this.pick([{ device: device.id, field: fields[0] }], event),
    }, this.site.nameWithin(device, building, this.lang));
    const element = el("tr", {},
      el("th", { scope: "row" }, el("span", { class: "who" }, lamp, name)),
      ...cells.map((cell) => cell.element), seen);
    this.rows.push({ device, element, cells, seen });
    return element;
  }

  #cell(device, field) {
    const point = this.site.point(device.id, field);
    if (!point) return { field, element: el("td", { class: "value" }) };
    const button = el("button", {
      type: "button",
      onclick: (event) => this.pick([{ device: device.id, field }], event),
    });
    return { field, point, button, element: el("td", { class: "value" }, button) };
  }

  #show({ device, element, cells, seen }, picked, now) {
    const condition = this.live.condition(device.id);
    const at = this.live.devices.get(device.id)?.at ?? null;
    mark(element, "data-condition", condition);
    const since = age(at == null ? null : now - at, this.lang);
    const calm = condition === "good";
    say(seen, calm ? since : word(condition, this.lang));
    mark(seen, "title", calm ? null : at == null ? word("never", this.lang) : since);
    for (const { field, point, button } of cells) {
      if (point) this.#value(device, point, button, picked.has(`${device.id}.${field}`));
    }
  }

  #value(device, point, button, isPicked) {
    const reading = this.live.reading(device.id, point.field);
    const flag = reading?.flag ?? "";
    const value = reading?.value ?? null;
    const text = point.kind === "state" && value != null && point.field === "state"
      ? this.site.stateTitle(value, this.lang)
      : number(value, point.decimals);
    say(button, text);
    mark(button, "data-flag", flag ? flag.split(":")[0] : null);
    mark(button, "aria-pressed", isPicked ? "true" : "false");
    const title = point.title[this.lang];
    const doubt = flag ? `, ${reasonTitle(flag, this.lang)}` : "";
    mark(button, "title", `${title}${doubt}`);
    const spoken = `${device.title[this.lang]}, ${title} ${text} ${point.unit}${doubt}`;
    mark(button, "aria-label", `${spoken}, ${word("showTrend", this.lang)}`);
  }
}

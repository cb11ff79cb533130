/** The headline: plant figures, devices that answer, points a second. A sum or mean in which some
 *  device is missing says so. */
import { el, mark, say } from "./dom.js";
import { NO_VALUE, number } from "./format.js";
import { reasonTitle, word } from "./words.js";

export class Tiles {
  constructor(root, site, live, pick) {
    this.root = root;
    this.site = site;
    this.live = live;
    this.pick = pick;
    this.shown = [];
  }

  build(lang) {
    this.lang = lang;
    this.shown = this.site.description.headline.map((tile) => this.#plantTile(tile));
    this.answering = this.#tile(word("answering", lang), "");
    this.rate = this.#tile(word("pointsRate", lang), word("pointsUnit", lang));
    const all = [...this.shown.map((s) => s.element), this.answering.root, this.rate.root];
    this.root.replaceChildren(...all);
    this.update();
  }

  update() {
    for (const { tile, parts } of this.shown) this.#plant(tile, parts);
    this.#devices();
    say(this.rate.values[0], number(this.live.pointsPerSecond));
    say(this.rate.note, word("pointsNote", this.lang, { n: this.site.points.size }));
  }

  #plantTile(tile) {
    const parts = this.#tile(tile.title[this.lang], tile.unit, tile.figures.length, tile.joint);
    const shown = tile.joint === "±" ? tile.figures.slice(0, 1) : tile.figures;
    const series = shown.flatMap((figure) => figure.members);
    const picked = series.map(([device, field]) => ({ device, field }));
    const button = el("button", {
      class: "tile", type: "button", onclick: () => this.pick(picked),
    }, ...parts.root.childNodes);
    return { tile, parts, element: button };
  }

  #tile(title, unit, figures = 1, joint = "/") {
    const values = Array.from({ length: figures }, () => el("span", { class: "number" }, NO_VALUE));
    const line = el("span", { class: "figure" });
    values.forEach((value, index) => line.append(...(index ? [el("i", {}, joint), value] : [value])));
    if (unit) line.append(el("span", { class: "unit" }, unit));
    const note = el("span", { class: "note" });
    const root = el("div", { class: "tile" }, el("span", { class: "name" }, title), line, note);
    return { root, values, note };
  }

  #plant(tile, parts) {
    let fewest = Infinity;
    let most = 0;
    tile.figures.forEach((figure, index) => {
      const found = figure.members
        .filter(([device]) => this.live.condition(device) !== "stale")
        .map(([device, field]) => this.live.reading(device, field)?.value)
        .filter((value) => value != null);
      const sum = found.reduce((total, value) => total + value, 0);
      const value = found.length ? (figure.combine === "mean" ? sum / found.length : sum) : null;
      say(parts.values[index], number(value, tile.decimals));
      fewest = Math.min(fewest, found.length);
      most = Math.max(most, figure.members.length);
    });
    const whole = fewest >= most;
    say(parts.note, whole ? this.#source(tile, most) : this.#lacking(tile, most, fewest));
    mark(parts.note, "data-condition", whole || this.#calm(tile) ? null : "doubtful");
  }

  /** Why a figure is not whole: what its only member says itself, or how many have no value. */
  #lacking(tile, most, fewest) {
    const flag = most === 1 ? this.#flag(tile) : "";
    return flag ? reasonTitle(flag, this.lang) : word("membersSome", this.lang, { n: most, k: fewest });
  }

  #flag(tile) {
    const [device, field] = tile.figures[0].members[0];
    return this.live.reading(device, field)?.flag ?? "";
  }

  /** Whether the only device behind a tile is well: a plant that rests has no COP. */
  #calm(tile) {
    const { members } = tile.figures[0];
    return members.length === 1 && this.live.condition(members[0][0]) === "good";
  }

  /** Where a tile's figures come from: what they are called, the device, or how many. */
  #source(tile, count) {
    const flag = count === 1 ? this.#flag(tile) : "";
    if (flag) return reasonTitle(flag, this.lang);
    if (tile.note) return tile.note[this.lang];
    if (count > 1) return word("membersAll", this.lang, { n: count });
    return this.site.devices.get(tile.figures[0].members[0][0]).title[this.lang];
  }

  #devices() {
    const counts = { good: 0, doubtful: 0, silent: 0, stale: 0 };
    for (const id of this.site.devices.keys()) counts[this.live.condition(id)] += 1;
    const total = this.site.devices.size;
    say(this.answering.values[0], `${counts.good + counts.doubtful}\u202f/\u202f${total}`);
    const worst = ["stale", "silent", "doubtful"].filter((name) => counts[name]);
    const notes = worst.map((name) => word(`${name}Count`, this.lang, { n: counts[name] }));
    say(this.answering.note, notes.join(" · ") || word("allAnswer", this.lang));
    mark(this.answering.note, "data-condition", worst[0] ?? null);
  }
}

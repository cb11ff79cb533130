/** The site as the server describes it, with look-ups and titles in the language of the view. */
import { shortLabel, systemTitle } from "./words.js";

const FIRST_TILES = ["plant_power", "plant_output"];
/** Systems that say no more than the building or the kind of device does. */
const WHOLE = ["site", "plant", "water", "gas", "weather", "monitoring"];
export const MOST_COLUMNS = 4;

export class Site {
  constructor(description) {
    this.description = description;
    this.devices = new Map(description.devices.map((device) => [device.id, device]));
    this.points = new Map();
    for (const device of description.devices) {
      for (const point of device.points) this.points.set(`${device.id}.${point.field}`, point);
    }
  }

  point(device, field) {
    return this.points.get(`${device}.${field}`);
  }

  /** The columns in which a device of this kind shows itself on the wall. */
  columns(kind, devices) {
    const present = new Set(devices.flatMap((d) => d.points.map((p) => p.field)));
    const chosen = (this.description.first_fields[kind] ?? []).filter((field) => present.has(field));
    const others = [...present].filter((field) => !chosen.includes(field));
    return (chosen.length ? chosen : others).slice(0, MOST_COLUMNS);
  }

  /** What the chart shows when the address says nothing: what the plant takes and what it gives. */
  firstSeries() {
    const members = this.description.headline
      .filter((tile) => FIRST_TILES.includes(tile.key))
      .flatMap((tile) => tile.figures.flatMap((figure) => figure.members));
    if (members.length) return members.slice(0, 8).map(([device, field]) => ({ device, field }));
    const device = this.description.devices.find((d) => d.points.length);
    return device ? [{ device: device.id, field: device.points[0].field }] : [];
  }

  /** Devices by building, the one with most of them first, and within it by kind. What stands
   *  alone in its building, or in none, comes last under "". */
  groups() {
    const counts = new Map();
    for (const { building } of this.description.devices) {
      counts.set(building, (counts.get(building) ?? 0) + 1);
    }
    const buildings = new Map();
    for (const device of this.description.devices) {
      const own = device.building && counts.get(device.building) > 1 ? device.building : "";
      if (!buildings.has(own)) buildings.set(own, new Map());
      const blocks = buildings.get(own);
      if (!blocks.has(device.kind)) blocks.set(device.kind, []);
      blocks.get(device.kind).push(device);
    }
    const weight = ([building]) => (building ? -counts.get(building) : 1);
    return [...buildings].sort((one, other) => weight(one) - weight(other));
  }

  /** A device's name below the heading of its building, which need not be said again. */
  nameWithin(device, heading, lang) {
    const full = device.title[lang];
    const building = this.buildingTitle(heading, lang);
    if (!building || !full.startsWith(building)) return full;
    const rest = full.slice(building.length).replace(/^[\s,，:：·-]+/, "");
    return rest ? rest.charAt(0).toUpperCase() + rest.slice(1) : full;
  }

  buildingTitle(id, lang) {
    return this.description.buildings.find((b) => b.id === id)?.title[lang] ?? null;
  }

  /** What a table of devices of one kind is called: by their system where they share one. */
  blockTitle(devices, lang) {
    const kind = this.kindTitle(devices[0].kind, lang);
    const systems = new Set(devices.map((device) => device.system));
    const system = systemTitle(devices[0].system, lang);
    if (systems.size > 1 || WHOLE.includes(devices[0].system)) return kind;
    return system.startsWith(kind) ? system : `${system} · ${kind}`;
  }

  kindTitle(kind, lang) {
    return this.description.kinds[kind]?.[lang] ?? kind;
  }

  /** A field's name as a column's head. */
  label(field, lang) {
    return shortLabel(field, lang) ?? this.title(field, lang);
  }

  /** A field's full name. */
  title(field, lang) {
    for (const device of this.description.devices) {
      const point = this.point(device.id, field);
      if (point) return point.title[lang];
    }
    return field;
  }

  stateTitle(code, lang) {
    return this.description.states[String(code)]?.[lang] ?? String(code);
  }
}

/** The site as the server describes it, with look-ups and titles in the language of the view. */
import { shortLabel, systemTitle } from "./words.js";

const FIRST_COLUMNS = {
  electricity_meter: ["power_kw", "energy_kwh", "power_factor"],
  heat_meter: ["heat_kw", "supply_temp_c", "return_temp_c", "flow_m3h"],
  heat_pump: ["state", "power_kw", "heat_kw", "load_leaving_temp_c", "source_leaving_temp_c"],
  pump: ["speed_percent", "power_kw", "head_kpa", "flow_m3h"],
  water_meter: ["flow_m3h", "volume_m3"],
  gas_meter: ["flow_m3h", "volume_m3"],
  weather: ["outdoor_temp_c", "outdoor_humidity_percent", "irradiance_wm2"],
  collector: ["devices_silent", "outbox_depth", "latency_ms"],
};
/** Systems that say no more than the building they stand in. */
const WHOLE = ["site", "plant"];
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
    const chosen = (FIRST_COLUMNS[kind] ?? []).filter((field) => present.has(field));
    const others = [...present].filter((field) => !chosen.includes(field));
    return (chosen.length ? chosen : others).slice(0, MOST_COLUMNS);
  }

  /** What the chart shows when the address says nothing: the members of the first tile. */
  firstSeries() {
    const tile = this.description.headline[0];
    const members = tile ? tile.figures.flatMap((figure) => figure.members) : [];
    if (members.length) return members.slice(0, 4).map(([device, field]) => ({ device, field }));
    const device = this.description.devices.find((d) => d.points.length);
    return device ? [{ device: device.id, field: device.points[0].field }] : [];
  }

  /** Devices by building, and within it by kind, in the order of the site file. */
  groups() {
    const buildings = new Map();
    for (const id of [...this.description.buildings.map((b) => b.id), ""]) {
      buildings.set(id, new Map());
    }
    for (const device of this.description.devices) {
      const blocks = buildings.get(device.building) ?? buildings.get("");
      if (!blocks.has(device.kind)) blocks.set(device.kind, []);
      blocks.get(device.kind).push(device);
    }
    return [...buildings].filter(([, blocks]) => blocks.size);
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

/** The view, as the address bar holds it: which points, over which range, in which language.
 *
 *  ?device=hp-1,hp-2&field=power_kw&range=24h&lang=zh&theme=dark
 *
 *  Devices and fields are paired in order; the shorter list repeats its last word.
 */
const HOUR = 3_600_000;
export const RANGES = { "1h": HOUR, "24h": 24 * HOUR, "7d": 168 * HOUR, "1y": 8784 * HOUR };
export const LANGUAGES = ["zh", "en"];
export const THEMES = ["auto", "light", "dark"];
export const MOST_SERIES = 8;

const listed = (text) => (text ?? "").split(",").filter(Boolean);

/** Read a view; what the site does not have is left out, what is not said gets its default. */
export function readView(search, site) {
  const given = new URLSearchParams(search);
  const devices = listed(given.get("device"));
  const fields = listed(given.get("field"));
  const series = [];
  const length = devices.length && fields.length ? Math.max(devices.length, fields.length) : 0;
  for (let i = 0; i < Math.min(length, MOST_SERIES); i++) {
    const device = devices[Math.min(i, devices.length - 1)];
    const field = fields[Math.min(i, fields.length - 1)];
    if (site.point(device, field)) series.push({ device, field });
  }
  const preferred = navigator.language?.toLowerCase().startsWith("zh") ? "zh" : "en";
  return {
    series: series.length ? series : site.firstSeries(),
    range: given.get("range") in RANGES ? given.get("range") : "24h",
    lang: LANGUAGES.includes(given.get("lang")) ? given.get("lang") : preferred,
    theme: THEMES.includes(given.get("theme")) ? given.get("theme") : "auto",
  };
}

/** Write a view as the query of an address. */
export function writeView(view) {
  const shortest = (words) => (new Set(words).size === 1 ? words[0] : words.join(","));
  const pairs = [];
  if (view.series.length) {
    pairs.push(["device", shortest(view.series.map((s) => s.device))]);
    pairs.push(["field", shortest(view.series.map((s) => s.field))]);
  }
  pairs.push(["range", view.range], ["lang", view.lang]);
  if (view.theme !== "auto") pairs.push(["theme", view.theme]);
  return "?" + pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

/** Whether two lists of series are the same. */
export function sameSeries(one, other) {
  const key = (series) => series.map((s) => `${s.device}.${s.field}`).join();
  return key(one) === key(other);
}

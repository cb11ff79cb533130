/** Numbers, ages and times as people read them. */
const formats = new Map();

function formatOf(decimals) {
  if (!formats.has(decimals)) {
    formats.set(decimals, new Intl.NumberFormat("en-US", {
      minimumFractionDigits: decimals, maximumFractionDigits: decimals,
    }));
  }
  return formats.get(decimals);
}

export const NO_VALUE = "–";

/** A number with so many decimals and a true minus sign. */
export function number(value, decimals = 0) {
  if (value == null) return NO_VALUE;
  const text = formatOf(decimals).format(value);
  return text.replace(/^-(?=[0.,]*$)/, "").replace("-", "\u2212");
}

/** How long ago, in one unit: 4 s, 12 min, 3 h, 5 d. */
export function age(ms, lang) {
  if (ms == null) return NO_VALUE;
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [count, unit] =
    seconds < 120 ? [seconds, 0]
    : seconds < 7200 ? [Math.round(seconds / 60), 1]
    : seconds < 172_800 ? [Math.round(seconds / 3600), 2]
    : [Math.round(seconds / 86_400), 3];
  const units = { zh: ["秒", "分", "时", "天"], en: ["s", "min", "h", "d"] }[lang];
  return `${count}\u202f${units[unit]}`;
}

const LOCALES = { zh: "zh-CN", en: "en-GB" };
const clocks = new Map();

/** A moment in the site's time zone; `parts` are options of Intl.DateTimeFormat. */
export function moment(ms, timezone, lang, parts) {
  const key = lang + timezone + JSON.stringify(parts);
  if (!clocks.has(key)) {
    clocks.set(key, new Intl.DateTimeFormat(LOCALES[lang], {
      timeZone: timezone, hourCycle: "h23", ...parts,
    }));
  }
  return clocks.get(key).format(ms);
}

export const TIME = { hour: "2-digit", minute: "2-digit" };
export const TIME_S = { ...TIME, second: "2-digit" };
export const DAY = { month: "short", day: "numeric" };
export const DATE = { weekday: "short", day: "numeric", month: "long", year: "numeric" };
export const FULL = { month: "short", day: "numeric", ...TIME_S };

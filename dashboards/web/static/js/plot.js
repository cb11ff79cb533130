/** The chart itself: uPlot with the site's time zone and language, bands, and gaps drawn as gaps. */
import { DAY, FULL, moment, number, TIME, TIME_S } from "./format.js";

const DAY_MS = 86_400_000;

/** Data for uPlot, one table per curve joined over time. A gap stays null, a slot of another
 *  curve is undefined and is drawn through. */
export function joined(curves) {
  const tables = curves.map((curve) =>
    curve.low ? [curve.at, curve.low, curve.mean, curve.high] : [curve.at, curve.mean]);
  const keep = tables.map((table) => table.map(() => 1));
  return tables.length ? uPlot.join(tables, keep) : [[]];
}

/** Place of each curve's mean among uPlot's series. */
export function meanIndices(curves) {
  let next = 1;
  return curves.map((curve) => {
    const index = next + (curve.low ? 1 : 0);
    next += curve.low ? 3 : 1;
    return index;
  });
}

/** Options for uPlot.
 *
 *  curves: [{at, mean, low?, high?, unit, stepped, colour, label(value)}]
 *  frame:  {width, height, span(): [from, to] in ms, lang, timezone, look, onCursor(index)}
 */
export function plotOptions(curves, frame) {
  const units = [...new Set(curves.map((curve) => curve.unit))];
  const { look } = frame;
  return {
    width: frame.width,
    height: frame.height,
    ms: 1,
    padding: [12, units.length > 1 ? 0 : look.size * 2, 0, 0],
    legend: { show: false },
    cursor: {
      drag: { x: false, y: false },
      points: { size: 7, width: 0, show: curves.length < 9 },
      y: false,
    },
    scales: {
      x: { time: true, range: () => frame.span() },
      ...Object.fromEntries(units.map((unit) => [scaleOf(unit), { range: rangeOf(unit) }])),
    },
    axes: [timeAxis(frame), ...units.slice(0, 2).map((unit, i) => valueAxis(unit, i, curves, frame))],
    series: [{}, ...curves.flatMap((curve) => seriesOf(curve))],
    bands: bandsOf(curves),
    hooks: {
      setCursor: [(plot) => frame.onCursor(plot.cursor.idx)],
      drawAxes: [(plot) => drawGaps(plot, curves, frame)],
      draw: [(plot) => drawDoubts(plot, curves, frame)],
    },
  };
}

const scaleOf = (unit) => `y ${unit}`;

/** Rates that can be nothing begin at zero when they come near it; temperatures never need to. */
function rangeOf(unit) {
  const soft = ["kW", "m³/h", "%", "A", "kPa", ""].includes(unit);
  const end = { pad: 0.12, soft: 0, mode: soft ? 3 : 0 };
  return (plot, low, high) => {
    if (low == null) return [0, 1];
    if (low === high) {
      const half = Math.abs(low) * 0.02 || 1;
      return [low - half, high + half];
    }
    return uPlot.rangeNum(low, high, { min: end, max: end });
  };
}

function seriesOf(curve) {
  const stepped = curve.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {};
  const edge = { scale: scaleOf(curve.unit), stroke: "transparent", width: 0, points: { show: false } };
  const mean = {
    scale: scaleOf(curve.unit), stroke: curve.colour, width: 1.75, ...stepped,
    points: { show: true, size: 4, width: 0, fill: curve.colour, filter: lonely },
  };
  return curve.low ? [{ ...edge, ...stepped }, mean, { ...edge, ...stepped }] : [mean];
}

function bandsOf(curves) {
  const indices = meanIndices(curves);
  return curves.flatMap((curve, i) =>
    curve.low ? [{ series: [indices[i] + 1, indices[i] - 1], fill: curve.colour + "30" }] : []);
}

/** Readings with a gap on both sides have no line; they are drawn as points. */
function lonely(plot, seriesIndex, show) {
  if (!show) return null;
  const values = plot.data[seriesIndex];
  const found = [];
  let before = null;
  for (let i = 0; i < values.length; i++) {
    if (values[i] === undefined) continue;
    if (values[i] !== null && before === null) {
      let next = i + 1;
      while (next < values.length && values[next] === undefined) next++;
      if (next >= values.length || values[next] === null) found.push(i);
    }
    before = values[i];
  }
  return found;
}

function timeAxis({ look, lang, timezone }) {
  return {
    stroke: look.muted, font: look.font, size: look.size * 3.4, gap: 6, space: look.size * 6.5,
    grid: { stroke: look.line, width: 1 }, ticks: { show: false },
    values: (plot, splits, axis, space, step) => splits.map((at, i) => {
      const day = moment(at, timezone, lang, DAY);
      if (step >= 28 * DAY_MS) {
        return moment(at, timezone, lang, { month: "short", year: "numeric" });
      }
      if (step >= DAY_MS) return day;
      const time = moment(at, timezone, lang, step < 60_000 ? TIME_S : TIME);
      const turned = i > 0 && moment(splits[i - 1], timezone, lang, DAY) !== day;
      return turned ? `${time}\n${day}` : time;
    }),
  };
}

function valueAxis(unit, place, curves, { look }) {
  const curve = curves.find((c) => c.unit === unit);
  return {
    scale: scaleOf(unit), side: place ? 1 : 3, stroke: look.muted, font: look.font,
    size: (plot, values) => {
      const longest = Math.max(2, ...(values ?? []).map((text) => text?.length ?? 0));
      return Math.ceil(longest * look.size * 0.62) + 14;
    },
    gap: 6, space: look.size * 3, ticks: { show: false },
    grid: { show: !place, stroke: look.line, width: 1 },
    incrs: curve.stepped ? [1] : undefined,
    values: (plot, splits, axis, space, step) =>
      splits.map((value) => (curve.label ? curve.label(value) : tick(value, step))),
  };
}

function tick(value, step) {
  const decimals = (String(Number(step.toPrecision(6))).split(".")[1] ?? "").length;
  return value.toLocaleString("en-US", {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals,
  }).replace("-", "\u2212");
}

/** Hatch what is missing, when there is one curve to speak of. */
function drawGaps(plot, curves, { look, gapWord }) {
  if (curves.length !== 1) return;
  const [times] = plot.data;
  const values = plot.data[meanIndices(curves)[0]];
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== null) continue;
    let last = i;
    while (last + 1 < values.length && values[last + 1] === null) last++;
    const from = plot.valToPos(times[Math.max(0, i - 1)], "x", true);
    const to = plot.valToPos(times[Math.min(values.length - 1, last + 1)], "x", true);
    hatch(ctx, Math.max(left, from), Math.min(left + width, to), top, height, look, gapWord);
    i = last;
  }
  ctx.restore();
}

function hatch(ctx, from, to, top, height, look, label) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(from, top, to - from, height);
  ctx.clip();
  ctx.strokeStyle = look.line;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (let x = from - height; x < to; x += 9 * devicePixelRatio) {
    ctx.moveTo(x, top + height);
    ctx.lineTo(x + height, top);
  }
  ctx.stroke();
  ctx.font = look.font;
  if (ctx.measureText(label).width + 8 < to - from) {
    ctx.fillStyle = look.muted;
    ctx.textAlign = "center";
    ctx.fillText(label, (from + to) / 2, top + 1.6 * look.size * devicePixelRatio);
  }
  ctx.restore();
}

/** Mark readings that are kept with doubts. */
function drawDoubts(plot, curves, { look }) {
  const indices = meanIndices(curves);
  plot.ctx.save();
  plot.ctx.fillStyle = look.doubt;
  curves.forEach((curve, i) => {
    for (const index of curve.doubtful ?? []) {
      const value = curve.mean[index];
      if (value == null) continue;
      const x = plot.valToPos(curve.at[index], "x", true);
      const y = plot.valToPos(value, plot.series[indices[i]].scale, true);
      plot.ctx.beginPath();
      plot.ctx.arc(x, y, 2.5 * devicePixelRatio, 0, 2 * Math.PI);
      plot.ctx.fill();
    }
  });
  plot.ctx.restore();
}

/** Value of a curve at, or last before, a place in the joined data; undefined where there is none. */
export function valueAt(plot, index, place) {
  const values = plot.data[index];
  let at = place;
  while (at >= 0 && values[at] === undefined) at--;
  return at >= 0 ? values[at] : undefined;
}

/** The moment under the cursor, in words. */
export function momentAt(plot, place, { lang, timezone }) {
  return moment(plot.data[0][place], timezone, lang, FULL);
}

/** A value as the chart's legend shows it. */
export function shown(curve, value) {
  if (value == null) return number(null);
  return curve.label ? curve.label(value) : number(value, curve.decimals);
}

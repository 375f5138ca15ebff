/** The curves as SVG, in pixels, so that its letters keep their size. What is drawn is what `plot` says of itself. */

import { drawn, short } from "./dom.js";

const MARGIN = { top: 16, right: 16, bottom: 40, left: 56 };
const FEW = 40; // up to so many steps, each has a dot

/** The next of 1, 2, 5, 10, 20 … that is no less. */
function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((n) => n * power >= value) ?? 10;
  return factor * power;
}

function ticks(end, most) {
  const step = nice(end / most);
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, i) => i * step);
}

/** The largest finite rate, and a little more. */
function topOf(rates) {
  const highest = rates.filter(Number.isFinite).reduce((most, rate) => Math.max(most, rate), 0);
  if (!(highest > 1e-300)) return 1;
  const step = nice(highest / 5);
  return Math.min(Math.ceil(highest / step) * step, Number.MAX_VALUE);
}

/** Draws into `svg`, with the points of a log if there is one; gives back what marks a step. */
export function draw(svg, curves, times, log = null) {
  const width = svg.clientWidth;
  const height = svg.clientHeight;
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const steps = times.at(-1);
  const top = topOf([...curves, ...(log ? [log] : [])].flatMap(({ rates }) => rates));
  const x = (t) => (t / steps) * inner.width;
  const y = (rate) => inner.height - (rate / top) * inner.height;
  const plot = drawn(
    "g",
    {
      class: "plot",
      transform: `translate(${MARGIN.left} ${MARGIN.top})`,
      "data-steps": steps,
      "data-top": top,
      "data-width": inner.width,
      "data-height": inner.height,
    },
    ...axes(inner, steps, top, x, y),
  );
  for (const { side, rates } of curves) {
    const points = rates.flatMap((rate, i) => (Number.isFinite(rate) ? [`${x(times[i])} ${y(rate)}`] : []));
    if (points.length === 0) continue;
    plot.append(drawn("path", { class: `curve ${side}`, d: `M${points.join("L")}` }));
    if (steps <= FEW) plot.append(drawn("path", { class: `dots ${side}`, d: points.map((at) => `M${at}h0`).join("") }));
  }
  if (log) {
    const inside = log.steps.flatMap((t, i) => (t <= steps ? [`M${x(t)} ${y(log.rates[i])}h0`] : []));
    plot.append(drawn("path", { class: "dots log", d: inside.join("") }));
  }
  const marker = drawn("g", { class: "marker" });
  plot.append(marker);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(plot);
  return {
    mark: (i) => marker.replaceChildren(...marks(curves, i, x(times[i]), y, inner.height)),
    stepAt: (clientX) => ((clientX - svg.getBoundingClientRect().left - MARGIN.left) / inner.width) * steps,
  };
}

function axes(inner, steps, top, x, y) {
  const whole = ticks(steps, Math.max(2, inner.width / 70)).filter(Number.isInteger);
  const across = ticks(top, 5).filter(Number.isFinite);
  return [
    ...across.map((rate) => drawn("line", { class: "grid", x1: 0, x2: inner.width, y1: y(rate), y2: y(rate) })),
    ...across.map((rate) => drawn("text", { x: -10, y: y(rate), "text-anchor": "end", dy: "0.35em" }, tick(rate))),
    ...whole.map((t) => drawn("text", { x: x(t), y: inner.height + 18, "text-anchor": "middle" }, tick(t))),
    drawn("text", { x: inner.width, y: inner.height + 34, "text-anchor": "end" }, "step"),
  ];
}

const tick = (value) => short(Number(value.toPrecision(3)));

function marks(curves, i, x, y, height) {
  const dots = curves
    .filter(({ rates }) => Number.isFinite(rates[i]))
    .map(({ side, rates }) => drawn("circle", { class: side, cx: x, cy: y(rates[i]), r: 5 }));
  return [drawn("line", { x1: x, x2: x, y1: 0, y2: height }), ...dots];
}

"use strict";
// What every part of a page shares: its data, colours, numbers as people read them, text that shows what it holds.
const page = JSON.parse(document.getElementById("page-data").textContent);

const palettes = {
  light: {
    ink: "#1b1d21", soft: "#565c66", line: "#e4e4de", mark: "#7a808a", card: "#ffffff", pale: "#b9bec7",
    curves: ["#c04a00", "#0067a8", "#007a56", "#7a3e9d", "#b0266b", "#7d6608", "#3f5bd0", "#5b5b5b"],
  },
  dark: {
    ink: "#e8e8e4", soft: "#a5abb5", line: "#2d3137", mark: "#8b919b", card: "#1c1f23", pale: "#5d6470",
    curves: ["#ff9a57", "#6db8ff", "#4fd1a5", "#cfa2ec", "#ff8fc0", "#dcc35a", "#a3b4ff", "#b9bec7"],
  },
};
const darkScheme = window.matchMedia("(prefers-color-scheme: dark)");
const screenPalette = () => (darkScheme.matches ? palettes.dark : palettes.light);

// Draws charts as they come into view, again when the screen's scheme changes, and all of them in light colours for the
// printer. An entry has a canvas; `draw` makes its `chart`.
const drawAsSeen = (entries, draw) => {
  const observer = new IntersectionObserver((changes) => changes.filter((change) => change.isIntersecting).forEach((change) => {
    const entry = entries.find(({ canvas }) => canvas === change.target);
    observer.unobserve(entry.canvas);
    draw(entry, screenPalette());
  }), { rootMargin: "400px" });
  entries.forEach((entry) => observer.observe(entry.canvas));
  const again = () => entries.filter(({ chart }) => chart).forEach((entry) => draw(entry, screenPalette()));
  darkScheme.addEventListener("change", again);
  window.addEventListener("beforeprint", () => entries.forEach((entry) => {
    draw(entry, palettes.light);
    entry.chart.resize(720, 225);
  }));
  window.addEventListener("afterprint", again);
};

const superscripts = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const raised = (n) => String(n).replace(/./g, (c) => superscripts[c]);
const grouped = new Intl.NumberFormat("en");

// Ticks of a logarithmic axis: powers of ten alone.
const powerOfTen = (x) => {
  const exponent = Math.log10(x);
  if (Math.abs(exponent - Math.round(exponent)) >= 1e-9) return "";
  return exponent > -1e-9 && exponent < 3 ? String(Math.round(x)) : `10${raised(Math.round(exponent))}`;
};

const scoreText = (score) => (score === null ? "–" : score.toFixed(4).replace("-", "−"));

// Probabilities and rates: 0.0123, 1.2 × 10⁻⁵.
const rateText = (rate) => {
  if (rate === null) return "–";
  if (rate === 0 || rate >= 1e-3) return String(Number(rate.toPrecision(3)));
  const exponent = Math.floor(Math.log10(rate) + 1e-9);
  const digits = Number((rate / 10 ** exponent).toPrecision(2));
  return digits === 1 ? `10${raised(exponent)}` : `${digits} × 10${raised(exponent)}`;
};

// Counts that need not be whole.
const expectedText = (count) => (count >= 100 ? grouped.format(Math.round(count)) : String(Number(count.toPrecision(3))));

// About ten steps of a round size over a span.
const roundStep = (span) => {
  const rough = span / 10;
  const decade = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * decade).find((size) => size >= rough * 0.999);
};

// Vertical lines at scores, labels stepped down so that near ones stay legible.
const verticalLines = {
  id: "verticalLines",
  afterDatasetsDraw(chart, _, options) {
    const { ctx, chartArea: area, scales: { x } } = chart;
    ctx.save();
    ctx.font = "11px system-ui, sans-serif";
    const seen = options.list.map((line) => ({ ...line, at: x.getPixelForValue(line.x) }))
      .filter(({ at }) => at >= area.left && at <= area.right);
    seen.forEach(({ at, dash, strong }) => {
      ctx.setLineDash(dash || [4, 4]);
      ctx.lineWidth = strong ? 2 : 1;
      ctx.strokeStyle = strong ? options.palette.ink : options.palette.mark;
      ctx.beginPath();
      ctx.moveTo(at, area.top);
      ctx.lineTo(at, area.bottom);
      ctx.stroke();
    });
    seen.filter(({ name }) => name).forEach(({ name, at }, i) => {
      const top = area.top + 13 + 15 * (i % 8);
      const width = ctx.measureText(name).width;
      const left = at + 4 + width > area.right ? at - 4 - width : at + 4;
      ctx.fillStyle = options.palette.card;
      ctx.fillRect(left - 2, top - 10, width + 4, 13);
      ctx.fillStyle = options.palette.soft;
      ctx.fillText(name, left, top);
    });
    ctx.restore();
  },
};

const tooltipLook = (palette) => ({
  backgroundColor: palette.card, titleColor: palette.ink, bodyColor: palette.ink,
  borderColor: palette.mark, borderWidth: 1, padding: 10, boxPadding: 4,
});

// A point between two gaps has no line to belong to.
const loneRadius = (context) => {
  const values = context.dataset.data;
  const empty = (j) => !(j in values) || Number.isNaN(values[j].y);
  return empty(context.dataIndex - 1) && empty(context.dataIndex + 1) ? 2.5 : 0;
};

// Characters that are not seen, or turn the direction of those around them, are shown by their code point.
const visible = (text) => text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
  (c) => `[U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}]`);

// An element with a class, and children that are elements or text.
const make = (tag, look, ...children) => {
  const element = document.createElement(tag);
  if (look) element.className = look;
  element.append(...children);
  return element;
};
const idText = (text) => make("bdi", "id", visible(text));

Chart.defaults.font.family = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

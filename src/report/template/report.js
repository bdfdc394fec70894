
"use strict";
// Draws the score distributions from the data block. Text from the data only ever reaches the page as text.
(() => {
  const matchers = JSON.parse(document.getElementById("report-data").textContent).matchers;
  const palettes = {
    light: {
      ink: "#1b1d21", soft: "#565c66", line: "#e4e4de", mark: "#7a808a",
      card: "#ffffff", curves: ["#c04a00", "#0067a8", "#007a56", "#b9bec7", "#7a3e9d"],
    },
    dark: {
      ink: "#e8e8e4", soft: "#a5abb5", line: "#2d3137", mark: "#8b919b",
      card: "#1c1f23", curves: ["#ff9a57", "#6db8ff", "#4fd1a5", "#5d6470", "#cfa2ec"],
    },
  };
  // Curves that run together stay legible: a wide pale line below, a plain one, a dashed one on top.
  const looks = {
    "R-R non-mated": { colour: 3, width: 6, dash: [], order: 4 },
    "R-G": { colour: 0, width: 2.5, dash: [], order: 3 },
    "R-R mated": { colour: 2, width: 2, dash: [2, 3], order: 2 },
    "H-G": { colour: 1, width: 1.75, dash: [7, 4], order: 1 },
  };
  const lookOf = (curve) => looks[curve.name] || { colour: 4, width: 1.75, dash: [9, 3, 2, 3], order: 0 };
  const darkScheme = window.matchMedia("(prefers-color-scheme: dark)");
  const superscripts = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
  const raised = (n) => String(n).replace(/./g, (c) => superscripts[c]);
  const grouped = new Intl.NumberFormat("en");

  const powerOfTen = (x) => {
    const exponent = Math.log10(x);
    return Math.abs(exponent - Math.round(exponent)) < 1e-9 ? `10${raised(Math.round(exponent))}` : "";
  };

  // Vertical lines at the thresholds and at the last listed pair, labels stepped down so that near ones stay legible.
  const marks = {
    id: "marks",
    afterDatasetsDraw(chart, _, options) {
      const { ctx, chartArea: area, scales: { x } } = chart;
      ctx.save();
      ctx.font = "11px system-ui, sans-serif";
      options.list.forEach((mark, i) => {
        const at = x.getPixelForValue(mark.score);
        if (at < area.left || at > area.right) return;
        const top = area.top + 13 + 15 * (i % 8);
        ctx.strokeStyle = options.palette.mark;
        ctx.setLineDash(mark.dash);
        ctx.lineWidth = 1;
        ctx.beginPath();
        ctx.moveTo(at, area.top);
        ctx.lineTo(at, area.bottom);
        ctx.stroke();
        const width = ctx.measureText(mark.label).width;
        const left = at + 4 + width > area.right ? at - 4 - width : at + 4;
        ctx.fillStyle = options.palette.card;
        ctx.fillRect(left - 2, top - 10, width + 4, 13);
        ctx.fillStyle = options.palette.soft;
        ctx.fillText(mark.label, left, top);
      });
      ctx.restore();
    },
  };

  const datasets = (matcher, palette, shown) => matcher.curves.map((curve, i) => ({
    label: curve.label,
    data: curve.from.map((from, k) => ({
      x: (from + curve.to[k]) / 2,
      y: curve.counts[k] > 0 ? curve.counts[k] / curve.total : NaN,
      from, to: curve.to[k], count: curve.counts[k],
    })),
    borderColor: palette.curves[lookOf(curve).colour],
    backgroundColor: palette.curves[lookOf(curve).colour],
    borderDash: lookOf(curve).dash,
    borderWidth: lookOf(curve).width,
    borderJoinStyle: "round",
    pointRadius: (context) => {
      // A bin between two empty ones has no line to belong to.
      const values = context.dataset.data;
      const k = context.dataIndex;
      const empty = (j) => !(j in values) || Number.isNaN(values[j].y);
      return empty(k - 1) && empty(k + 1) ? 2.5 : 0;
    },
    pointHoverRadius: 4,
    hidden: !shown[i],
    order: lookOf(curve).order,
  }));

  // About ten ticks at a round step, and a range that ends on ticks.
  const scoreAxis = (matcher, palette) => {
    const rough = (matcher.high - matcher.low) / 10;
    const decade = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * decade).find((size) => size >= rough * 0.999);
    const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    return {
      type: "linear",
      min: Math.floor(matcher.low / step + 1e-9) * step,
      max: Math.ceil(matcher.high / step - 1e-9) * step,
      title: { display: true, text: "comparison score", color: palette.soft },
      ticks: { color: palette.soft, stepSize: step, callback: (value) => (Math.round(value / step) * step || 0).toFixed(decimals) },
      grid: { color: palette.line, borderColor: palette.line },
    };
  };

  const settings = (matcher, palette) => ({
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    parsing: false,
    normalized: true,
    interaction: { mode: "nearest", axis: "x", intersect: false },
    scales: {
      x: scoreAxis(matcher, palette),
      y: {
        type: "logarithmic",
        title: { display: true, text: "share of pairs (log scale)", color: palette.soft },
        ticks: { color: palette.soft, callback: powerOfTen },
        grid: {
          color: (context) => (context.tick && powerOfTen(context.tick.value) ? palette.line : "transparent"),
          borderColor: palette.line,
        },
      },
    },
    plugins: {
      legend: { display: false },
      marks: { list: matcher.marks, palette },
      tooltip: {
        backgroundColor: palette.card, titleColor: palette.ink, bodyColor: palette.ink,
        borderColor: palette.mark, borderWidth: 1, padding: 10, boxPadding: 4,
        callbacks: {
          title: (items) => (items.length ? `score ${items[0].raw.from.toFixed(3)} to ${items[0].raw.to.toFixed(3)}` : ""),
          label: (item) => ` ${item.dataset.label}: ${grouped.format(item.raw.count)} pairs`,
        },
      },
    },
  });

  const charts = matchers.map((matcher, m) => {
    const canvas = document.getElementById(`chart-${m}`);
    matcher.marks.forEach((mark) => { mark.dash = mark.kind === "top" ? [1, 3] : [4, 4]; });
    return { matcher, canvas, legend: document.getElementById(`legend-${m}`), shown: matcher.curves.map(() => true), chart: null };
  }).filter((entry) => entry.canvas);

  const draw = (entry, palette) => {
    if (entry.chart) entry.chart.destroy();
    entry.chart = new Chart(entry.canvas, {
      type: "line",
      data: { datasets: datasets(entry.matcher, palette, entry.shown) },
      options: settings(entry.matcher, palette),
      plugins: [marks],
    });
  };

  const swatch = (look, palette) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 32 8");
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    const attributes = { x1: 0, y1: 4, x2: 32, y2: 4, stroke: palette.curves[look.colour], "stroke-width": look.width,
      "stroke-dasharray": look.dash.join(" ") };
    for (const [name, value] of Object.entries(attributes)) line.setAttribute(name, value);
    svg.append(line);
    return svg;
  };

  const drawLegend = (entry, palette) => {
    entry.legend.querySelectorAll("label").forEach((label) => label.remove());
    entry.matcher.curves.forEach((curve, i) => {
      const label = document.createElement("label");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = entry.shown[i];
      box.addEventListener("change", () => {
        entry.shown[i] = box.checked;
        entry.chart.setDatasetVisibility(i, box.checked);
        entry.chart.update();
      });
      const text = document.createElement("span");
      text.textContent = curve.label;
      label.append(box, swatch(lookOf(curve), palette), text);
      entry.legend.append(label);
    });
  };

  const drawAll = (palette) => charts.forEach((entry) => { draw(entry, palette); drawLegend(entry, palette); });
  const screenPalette = () => (darkScheme.matches ? palettes.dark : palettes.light);
  Chart.defaults.font.family = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
  drawAll(screenPalette());
  darkScheme.addEventListener("change", () => drawAll(screenPalette()));
  window.addEventListener("beforeprint", () => {
    drawAll(palettes.light);
    charts.forEach((entry) => entry.chart.resize(720, 225));
  });
  window.addEventListener("afterprint", () => drawAll(screenPalette()));
})();

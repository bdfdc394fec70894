// Draws the score distributions from the data block, with the line of the threshold slider.
{
  // Curves that run together stay legible: a wide pale line below, a plain one, a dashed one on top.
  const looks = {
    "R-R non-mated": { colour: "pale", width: 6, dash: [], order: 4 },
    "R-G": { colour: 0, width: 2.5, dash: [], order: 3 },
    "R-R mated": { colour: 2, width: 2, dash: [2, 3], order: 2 },
    "H-G": { colour: 1, width: 1.75, dash: [7, 4], order: 1 },
  };
  const lookOf = (curve) => looks[curve.name] || { colour: 3, width: 1.75, dash: [9, 3, 2, 3], order: 0 };
  const colourOf = (look, palette) => (look.colour === "pale" ? palette.pale : palette.curves[look.colour]);

  const datasets = (matcher, palette, shown) => matcher.curves.map((curve, i) => ({
    label: curve.label,
    data: curve.from.map((from, k) => ({
      x: (from + curve.to[k]) / 2,
      y: curve.counts[k] > 0 ? curve.counts[k] / curve.total : NaN,
      from, to: curve.to[k], count: curve.counts[k],
    })),
    borderColor: colourOf(lookOf(curve), palette),
    backgroundColor: colourOf(lookOf(curve), palette),
    borderDash: lookOf(curve).dash,
    borderWidth: lookOf(curve).width,
    borderJoinStyle: "round",
    pointRadius: loneRadius,
    pointHoverRadius: 4,
    hidden: !shown[i],
    order: lookOf(curve).order,
  }));

  // About ten ticks at a round step, and a range that ends on ticks.
  const scoreAxis = (matcher, palette) => {
    const step = roundStep(matcher.high - matcher.low);
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

  const settings = ({ matcher, cursor }, palette) => ({
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
      verticalLines: { list: [...matcher.marks, ...cursor], palette },
      tooltip: {
        ...tooltipLook(palette),
        callbacks: {
          title: (items) => (items.length ? `score ${items[0].raw.from.toFixed(3)} to ${items[0].raw.to.toFixed(3)}` : ""),
          label: (item) => ` ${item.dataset.label}: ${grouped.format(item.raw.count)} pairs`,
        },
      },
    },
  });

  const charts = page.matchers.map((matcher, m) => ({
    matcher, canvas: document.getElementById(`distribution-${m}`), legend: document.getElementById(`legend-${m}`),
    shown: matcher.curves.map(() => true), cursor: [], chart: null,
  })).filter((entry) => entry.canvas);

  const draw = (entry, palette) => {
    if (entry.chart) entry.chart.destroy();
    entry.chart = new Chart(entry.canvas, {
      type: "line",
      data: { datasets: datasets(entry.matcher, palette, entry.shown) },
      options: settings(entry, palette),
      plugins: [verticalLines],
    });
  };

  const swatch = (look, palette) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 32 8");
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    const attributes = { x1: 0, y1: 4, x2: 32, y2: 4, stroke: colourOf(look, palette), "stroke-width": look.width,
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
        entry.chart?.setDatasetVisibility(i, box.checked);
        entry.chart?.update();
      });
      const text = document.createElement("span");
      text.textContent = curve.label;
      label.append(box, swatch(lookOf(curve), palette), text);
      entry.legend.append(label);
    });
  };

  charts.forEach((entry) => drawLegend(entry, screenPalette()));
  drawAsSeen(charts, (entry, palette) => { draw(entry, palette); drawLegend(entry, palette); });

  document.addEventListener("threshold", ({ detail }) => {
    const entry = charts.find(({ matcher }) => matcher === page.matchers[detail.matcher]);
    if (!entry) return;
    entry.cursor = [{ x: detail.score, dash: [], strong: true }];
    if (!entry.chart) return;
    entry.chart.options.plugins.verticalLines.list = [...entry.matcher.marks, ...entry.cursor];
    entry.chart.draw();
  });
}

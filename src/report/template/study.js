"use strict";
// Draws the charts of a study from the data block. Text from the data only ever reaches the page as text.
(() => {
  const charts = JSON.parse(document.getElementById("page-data").textContent).charts;
  const palettes = {
    light: {
      ink: "#1b1d21", soft: "#565c66", line: "#e4e4de", mark: "#7a808a", card: "#ffffff",
      curves: ["#c04a00", "#0067a8", "#007a56", "#7a3e9d", "#b0266b", "#7d6608", "#3f5bd0", "#5b5b5b"],
    },
    dark: {
      ink: "#e8e8e4", soft: "#a5abb5", line: "#2d3137", mark: "#8b919b", card: "#1c1f23",
      curves: ["#ff9a57", "#6db8ff", "#4fd1a5", "#cfa2ec", "#ff8fc0", "#dcc35a", "#a3b4ff", "#b9bec7"],
    },
  };
  const darkScheme = window.matchMedia("(prefers-color-scheme: dark)");
  const superscripts = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
  const raised = (n) => String(n).replace(/./g, (c) => superscripts[c]);

  const powerOfTen = (x) => {
    const exponent = Math.log10(x);
    if (Math.abs(exponent - Math.round(exponent)) >= 1e-9) return "";
    return exponent > -1e-9 && exponent < 3 ? String(Math.round(x)) : `10${raised(Math.round(exponent))}`;
  };

  // Vertical lines at thresholds; names step down so that near ones stay legible.
  const markers = {
    id: "markers",
    afterDatasetsDraw(chart, _, options) {
      const { ctx, chartArea: area, scales: { x } } = chart;
      ctx.save();
      ctx.font = "11px system-ui, sans-serif";
      ctx.setLineDash([4, 4]);
      ctx.lineWidth = 1;
      ctx.strokeStyle = options.palette.mark;
      const seen = options.list.map((marker) => ({ name: marker.name, at: x.getPixelForValue(marker.x) }))
        .filter(({ at }) => at >= area.left && at <= area.right);
      seen.forEach(({ at }) => {
        ctx.beginPath();
        ctx.moveTo(at, area.top);
        ctx.lineTo(at, area.bottom);
        ctx.stroke();
      });
      seen.forEach(({ name, at }, i) => {
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

  const points = (xs, ys, usable) => xs.map((x, k) => ({ x: usable.x(x) ? x : NaN, y: usable.y(ys[k]) ? ys[k] : NaN }));

  // A band is two lines, the upper one filled down to the lower.
  const datasets = (chart, palette) => chart.series.flatMap((series, i) => {
    const controls = chart.series.filter((other) => other.dashed).length;
    const colour = series.dashed && controls === 1 ? palette.soft : palette.curves[i % palette.curves.length];
    const on = (log) => (value) => value !== null && Number.isFinite(value) && (!log || value > 0);
    const usable = { x: on(chart.logX), y: on(chart.logY) };
    const named = chart.names.length > 0;
    const style = {
      label: series.name,
      borderColor: colour,
      backgroundColor: colour,
      borderWidth: series.style === "points" && !named ? 0 : 2,
      borderDash: series.dashed ? [6, 4] : [],
      borderJoinStyle: "round",
      stepped: series.style === "steps" ? "before" : false,
      showLine: series.style !== "points" || named,
      pointRadius: series.style === "points" ? 4 : (context) => {
        const values = context.dataset.data;
        const empty = (j) => !(j in values) || Number.isNaN(values[j].y);
        return empty(context.dataIndex - 1) && empty(context.dataIndex + 1) ? 2.5 : 0;
      },
      pointHoverRadius: 4,
    };
    if (series.style === "whiskers") {
      const end = (x, y) => ({ x, y: usable.y(y) ? y : NaN });
      const bars = series.x.flatMap((x, k) => [end(x, series.lower[k]), end(x, series.upper[k]), end(x, null)]);
      return [
        { ...style, label: "", showLine: true, borderWidth: 2, pointRadius: 0, pointHoverRadius: 0, data: bars, isBar: true },
        { ...style, showLine: false, borderWidth: 0, pointRadius: 5, pointHoverRadius: 6, lower: series.lower,
          upper: series.upper, data: points(series.x, series.y, usable) },
      ];
    }
    const filled = { ...style, fill: "origin", backgroundColor: `${colour}22` };
    if (series.style !== "band") {
      const plain = series.style === "steps" && !chart.logY ? filled : style;
      return [{ ...plain, data: points(series.x, series.y, usable) }];
    }
    return [
      { ...style, borderWidth: 1, data: points(series.x, series.y, usable), label: series.name },
      { ...style, borderWidth: 1, data: points(series.x, series.upper, usable), label: "", fill: "-1",
        backgroundColor: `${colour}22` },
    ];
  });

  const roundStep = (span) => {
    const rough = span / 10;
    const decade = 10 ** Math.floor(Math.log10(rough));
    return [1, 2, 5, 10].map((factor) => factor * decade).find((size) => size >= rough * 0.999);
  };

  const xAxis = (chart, palette) => {
    const axis = {
      type: chart.logX ? "logarithmic" : "linear",
      title: { display: true, text: chart.x, color: palette.soft },
      ticks: { color: palette.soft },
      grid: { color: palette.line, borderColor: palette.line },
    };
    if (chart.names.length > 0) {
      axis.min = -0.5;
      axis.max = chart.names.length - 0.5;
      axis.afterBuildTicks = (scale) => { scale.ticks = chart.names.map((_, value) => ({ value })); };
      axis.ticks.callback = (value) => chart.names[value];
      axis.grid.display = false;
    } else if (chart.logX) {
      axis.ticks.callback = powerOfTen;
    } else {
      const values = chart.series.flatMap((series) => series.x).filter((x) => x !== null);
      const low = Math.min(...values);
      const high = Math.max(...values);
      if (high > low) {
        const step = roundStep(high - low);
        const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
        axis.min = Math.floor(low / step + 1e-9) * step;
        axis.max = Math.ceil(high / step - 1e-9) * step;
        axis.ticks.stepSize = step;
        axis.ticks.callback = (value) => (Math.round(value / step) * step || 0).toFixed(decimals);
      }
    }
    return axis;
  };

  const yAxis = (chart, palette) => ({
    type: chart.logY ? "logarithmic" : "linear",
    beginAtZero: chart.series.some((series) => series.style === "whiskers"),
    title: { display: true, text: chart.y, color: palette.soft },
    ticks: chart.logY ? { color: palette.soft, callback: powerOfTen } : { color: palette.soft },
    grid: {
      color: (context) => (!chart.logY || (context.tick && powerOfTen(context.tick.value)) ? palette.line : "transparent"),
      borderColor: palette.line,
    },
  });

  const number = (value) => (Math.abs(value) >= 1e-3 || value === 0 ? Number(value.toPrecision(4)).toString() : value.toExponential(2));

  const settings = (chart, palette) => ({
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    parsing: false,
    normalized: true,
    interaction: { mode: "nearest", axis: "x", intersect: false },
    scales: { x: xAxis(chart, palette), y: yAxis(chart, palette) },
    plugins: {
      legend: {
        display: chart.series.length > 1,
        labels: {
          color: palette.ink, boxWidth: 28, boxHeight: 0, filter: (item) => item.text !== "",
          generateLabels: (drawn) => Chart.defaults.plugins.legend.labels.generateLabels(drawn)
            .map((item) => ({ ...item, lineWidth: 2, fillStyle: "transparent" })),
        },
      },
      markers: { list: chart.markers, palette },
      tooltip: {
        backgroundColor: palette.card, titleColor: palette.ink, bodyColor: palette.ink,
        borderColor: palette.mark, borderWidth: 1, padding: 10, boxPadding: 4,
        callbacks: {
          title: (items) => {
            if (items.length === 0) return "";
            const x = items[0].raw.x;
            return chart.names.length > 0 ? chart.names[Math.round(x)] : `${chart.x}: ${number(x)}`;
          },
          label: (item) => {
            const { label, lower, upper } = item.dataset;
            const range = lower && lower[item.dataIndex] !== null ? ` (${number(lower[item.dataIndex])} to ${number(upper[item.dataIndex])})` : "";
            return ` ${label} ${number(item.raw.y)}${range}`;
          },
        },
        filter: (item) => !item.dataset.isBar,
      },
    },
  });

  const entries = charts.map((chart, i) => ({ chart, canvas: document.getElementById(`chart-${i}`), drawn: null }));
  const drawAll = (palette) => entries.forEach((entry) => {
    if (entry.drawn) entry.drawn.destroy();
    entry.drawn = new Chart(entry.canvas, {
      type: "line",
      data: { datasets: datasets(entry.chart, palette) },
      options: settings(entry.chart, palette),
      plugins: [markers],
    });
  });
  const screenPalette = () => (darkScheme.matches ? palettes.dark : palettes.light);
  Chart.defaults.font.family = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
  drawAll(screenPalette());
  darkScheme.addEventListener("change", () => drawAll(screenPalette()));
  window.addEventListener("beforeprint", () => {
    drawAll(palettes.light);
    entries.forEach((entry) => entry.drawn.resize());
  });
  window.addEventListener("afterprint", () => drawAll(screenPalette()));
})();

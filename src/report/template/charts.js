// Draws plain charts from the data block. Text from the data only ever reaches the page as text.
{
  const points = (xs, ys, usable) => xs.map((x, k) => ({ x: usable.x(x) ? x : NaN, y: usable.y(ys[k]) ? ys[k] : NaN }));

  // A band is two lines, the upper one filled down to the lower.
  const datasets = (chart, palette) => chart.series.flatMap((series, i) => {
    const controls = chart.series.filter((other) => other.dashed).length;
    const lines = chart.series.slice(0, i + 1).filter((other) => other.style !== "band").length;
    const colour = series.dashed && controls === 1 ? palette.soft : palette.curves[Math.max(0, lines - 1) % palette.curves.length];
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
      pointRadius: series.style === "points" ? 4 : loneRadius,
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
      { ...style, borderWidth: 0, pointRadius: 0, data: points(series.x, series.y, usable), label: "", name: `${series.name}, from` },
      { ...style, borderWidth: 0, pointRadius: 0, data: points(series.x, series.upper, usable), label: "", name: `${series.name}, to`,
        fill: "-1", backgroundColor: `${colour}38` },
    ];
  });

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
      verticalLines: { list: chart.markers, palette },
      tooltip: {
        ...tooltipLook(palette),
        callbacks: {
          title: (items) => {
            if (items.length === 0) return "";
            const x = items[0].raw.x;
            return chart.names.length > 0 ? chart.names[Math.round(x)] : `${chart.x}: ${number(x)}`;
          },
          label: (item) => {
            const { name, label, lower, upper } = item.dataset;
            const range = lower && lower[item.dataIndex] !== null ? ` (${number(lower[item.dataIndex])} to ${number(upper[item.dataIndex])})` : "";
            return ` ${name || label} ${number(item.raw.y)}${range}`;
          },
        },
        filter: (item) => !item.dataset.isBar,
      },
    },
  });

  const entries = page.charts.map((drawn, i) => ({ drawn, canvas: document.getElementById(`chart-${i}`), chart: null }));
  drawAsSeen(entries, (entry, palette) => {
    if (entry.chart) entry.chart.destroy();
    entry.chart = new Chart(entry.canvas, {
      type: "line",
      data: { datasets: datasets(entry.drawn, palette) },
      options: settings(entry.drawn, palette),
      plugins: [verticalLines],
    });
  });
}

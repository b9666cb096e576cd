// Draws a simple chart in the colours of the page, with the Vega-Lite that the dashboard has.
// Each row is an x, a y and, where there are several series, the series; `kind` is that of x.
export async function drawChart(place, rows, { x, y, series, kind, mark, height }) {
  const type = { day: "temporal", time: "temporal", number: "quantitative" }[kind] ?? "nominal";
  const toX = (value) => (type === "temporal" && value !== null ? Date.parse(kind === "day" ? value : `${value.replace(" ", "T")}Z`) : value);
  const ink = getComputedStyle(document.body);
  const colors = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => ink.getPropertyValue(`--series-${number}`).trim());
  const axis = {
    labelColor: ink.color, titleColor: ink.color, gridColor: "#8884", domainColor: "#8888", tickColor: "#8888", labelLimit: 140,
  };
  const spec = {
    width: "container",
    height,
    data: { values: rows.map(([one, other, name]) => ({ x: toX(one), y: other, series: name })) },
    mark: { type: mark, tooltip: true, point: mark === "line", color: colors[0] },
    encoding: {
      x: { field: "x", type, title: x, sort: null, ...(type === "temporal" && { scale: { type: "utc" } }) },
      y: { field: "y", type: "quantitative", title: y },
      ...(series && { color: { field: "series", type: "nominal", title: series, sort: null } }),
    },
    config: { background: null, font: ink.fontFamily, axis, legend: axis, view: { stroke: null }, range: { category: colors } },
  };
  // `ast` keeps Vega from compiling code at run time, which the page's policy forbids.
  await globalThis.vegaEmbed(place, spec, { renderer: "canvas", actions: false, ast: true, defaultStyle: false, logLevel: 1 });
  place.dataset.drawn = mark;
}

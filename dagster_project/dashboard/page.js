// Hands the picked period round: from the brush, the two days or a button to Vega, and what Vega answers to the page.
// It computes no figure. vegaEmbed is what the script before it leaves behind.
const DAY = 86400000;
const { tables, charts, flow } = JSON.parse(document.getElementById("data").textContent);
const text = {
  labelColor: "currentColor", labelFontSize: 12, titleColor: "currentColor", titleFontSize: 12, titleFontWeight: "normal",
};
const config = {
  background: null,
  font: getComputedStyle(document.body).fontFamily,
  axis: { ...text, gridColor: "var(--line)", domainColor: "var(--line)", tickColor: "var(--line)" },
  legend: text,
  view: { stroke: null },
};
// `ast` keeps Vega from compiling code at run time, which the page's own policy forbids; of its log, errors are shown.
const options = { renderer: "svg", actions: false, ast: true, defaultStyle: false, logLevel: 1, config };

const all = (selector) => [...document.querySelectorAll(selector)];
const input = (name) => document.querySelector(`input[name=${name}]`);

// A query's rows as objects: new ones for each view, since a view keeps its own marks on them.
function table(name) {
  const { kinds, rows, words } = tables[name];
  const unpack = {
    day: (column, value) => value * DAY,
    word: (column, value) => words[column][value] ?? null,
    number: (column, value) => value,
    text: (column, value) => value,
  };
  const columns = Object.entries(kinds);
  return rows.map((row) => Object.fromEntries(columns.map(([name, kind], at) => [name, unpack[kind](name, row[at])])));
}

async function start() {
  for (const data of flow.data) if (data.name in tables) data.values = table(data.name);
  const { view: figures } = await vegaEmbed(document.createElement("div"), flow, { ...options, renderer: "none" });
  figures.signal("built", Date.parse(document.querySelector("time").dateTime));
  const whole = () => [figures.signal("first"), figures.signal("last")];
  await figures.signal("start", whole()[0]).signal("end", whole()[1]).runAsync();
  const views = {};
  for (const place of all("[data-chart]")) {
    const spec = charts[place.dataset.chart];
    const read = Object.keys(tables).filter((name) => JSON.stringify(spec).includes(`"name":"${name}"`));
    spec.datasets = Object.fromEntries(read.map((name) => [name, table(name)]));
    for (const param of spec.params) if ("value" in param) param.value = figures.signal(param.name);
    views[place.dataset.chart] = (await vegaEmbed(place, spec, options)).view;
  }
  const { overview, ...followers } = views;
  let stood = "";

  // A day that is being typed is left alone until its field is left.
  const settle = (name) => { input(name).value = figures.signal(`${name}_day`); };

  async function pick(begin, end) {
    await figures.signal("start", begin).signal("end", end).runAsync();
    const [from, to] = [figures.signal("from"), figures.signal("to")];
    await Promise.all(Object.values(followers).map((view) => view.signal("from", from).signal("to", to).runAsync()));
    for (const name of ["from", "to"]) if (document.activeElement !== input(name)) settle(name);
    for (const place of all("[data-signal]")) place.textContent = figures.signal(place.dataset.signal);
    const [figure] = figures.data("figures");
    for (const place of all("[data-figure]")) place.textContent = figure[place.dataset.figure];
    for (const place of all("tbody[data-rows]")) fill(place, figures.data(place.dataset.rows));
    document.documentElement.dataset.period = `${figures.signal("from_day")}/${figures.signal("to_day")}`;
  }

  // Shows a period that was picked elsewhere; all of the time is shown by no brush.
  async function place() {
    const [from, to] = [figures.signal("from"), figures.signal("to")];
    const [first, last] = whole();
    const x = overview.scale("x");
    const brush = from <= first && to > last ? [0, 0] : [x(from), x(to)];
    stood = String(brush);
    await overview.signal("brush_x", brush).runAsync();
  }

  const pickAndPlace = async (begin, end) => { await pick(begin, end); await place(); };

  // A brush that was placed shows what is picked already. Of one that a reader moves, or that a new width stretches, the
  // outermost half days pick nothing: no hand aims so well, and no edge of a week falls into the week beside it.
  overview.addSignalListener("brush", (_, { week = whole() }) => {
    const stands = String(overview.signal("brush_x"));
    if (stands !== stood) pick(+week[0] + DAY / 2, week[1] - DAY / 2);
    stood = stands;
  });
  overview.addSignalListener("width", () => setTimeout(place));
  for (const name of ["from", "to"]) {
    input(name).addEventListener("change", () => {
      const [begin, end, day] = ["from", "to", name].map((of) => input(of).valueAsNumber);
      // A day beyond the other end takes that end with it. Only after the event does a field that is being typed in have
      // the focus again.
      if (day) setTimeout(() => (begin > end ? pickAndPlace(day, day) : pickAndPlace(begin, end)));
    });
    input(name).addEventListener("blur", () => settle(name));
  }
  for (const button of all("button[data-days]")) {
    button.addEventListener("click", () => {
      const days = Number(button.dataset.days);
      const [first, last] = whole();
      pickAndPlace(days ? last - days * DAY : first, last);
    });
  }
  await pick(...whole());
  document.documentElement.dataset.ready = "yes";
}

// Writes rows where a table's template says; text is set as text, so that no title can act.
function fill(body, rows) {
  const template = body.querySelector("template");
  const filled = rows.map((row) => {
    const line = template.content.cloneNode(true);
    for (const cell of line.querySelectorAll("[data-field]")) cell.textContent = row[cell.dataset.field] ?? "";
    for (const link of line.querySelectorAll("[data-href]")) link.href = row[link.dataset.href];
    return line;
  });
  body.replaceChildren(template, ...filled);
}

start();

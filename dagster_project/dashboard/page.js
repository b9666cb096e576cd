// Passes the picked period from the brush, the two days or a button, and the picked subject, to Vega, and the results of
// Vega to the page.
// It computes no figure. The script before this one defines vegaEmbed.
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
// `ast` keeps Vega from compiling code at run time, which the page's policy forbids. Only errors are logged.
const options = { renderer: "svg", actions: false, ast: true, defaultStyle: false, logLevel: 1, config };

const all = (selector) => [...document.querySelectorAll(selector)];
const input = (name) => document.querySelector(`input[name=${name}]`);

// Returns the rows of a query as objects: new ones for each view, since a view adds its own properties to them.
function unpackRows(name) {
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
  for (const data of flow.data) if (data.name in tables) data.values = unpackRows(data.name);
  const { view: figures } = await vegaEmbed(document.createElement("div"), flow, { ...options, renderer: "none" });
  figures.signal("built", Date.parse(document.querySelector("time").dateTime));
  const readWhole = () => [figures.signal("first"), figures.signal("last")];
  await figures.signal("start", readWhole()[0]).signal("end", readWhole()[1]).runAsync();
  const views = [];
  for (const place of all("[data-chart]")) {
    const spec = structuredClone(charts[place.dataset.chart]);
    spec.description = place.getAttribute("aria-label") ?? spec.description;
    const read = Object.keys(tables).filter((name) => JSON.stringify(spec).includes(`"name":"${name}"`));
    spec.datasets = Object.fromEntries(read.map((name) => [name, unpackRows(name)]));
    for (const param of spec.params) {
      if ("value" in param) param.value = place.dataset[param.name] ?? figures.signal(param.name);
    }
    views.push((await vegaEmbed(place, spec, options)).view);
  }
  const [overview, ...followers] = views; // in their order on the page
  let shownBrush = "";

  const subjects = document.querySelector("select[name=subject]"); // none where no paper was described
  const showDay = (name) => { input(name).value = figures.signal(`${name}_day`); };

  async function pick(begin, end) {
    const subject = subjects?.value ?? "";
    await figures.signal("start", begin).signal("end", end).signal("subject", subject).runAsync();
    const [from, to] = [figures.signal("from"), figures.signal("to")];
    await Promise.all(followers.map((view) => view.signal("from", from).signal("to", to).signal("subject", subject).runAsync()));
    // A reader who is typing a day is not interrupted.
    for (const name of ["from", "to"]) if (document.activeElement !== input(name)) showDay(name);
    for (const place of all("[data-signal]")) place.textContent = figures.signal(place.dataset.signal);
    const [figure] = figures.data("figures");
    for (const place of all("[data-figure]")) place.textContent = figure[place.dataset.figure];
    for (const place of all("tbody[data-rows]")) fillTable(place, figures.data(place.dataset.rows));
    document.documentElement.dataset.period = `${figures.signal("from_day")}/${figures.signal("to_day")}`;
    document.documentElement.dataset.subject = subject;
  }

  // Moves the brush to a period that was picked elsewhere; there is no brush for the whole time.
  async function showBrush() {
    const [from, to] = [figures.signal("from"), figures.signal("to")];
    const [first, last] = readWhole();
    const x = overview.scale("x");
    const brush = from <= first && to > last ? [0, 0] : [x(from), x(to)];
    shownBrush = String(brush);
    await overview.signal("brush_x", brush).runAsync();
  }

  const pickAndShow = async (begin, end) => { await pick(begin, end); await showBrush(); };

  // A brush that the page itself moved picks nothing. The outermost half days of one that a reader moved, or that a new
  // width stretched, do not count: no hand aims so well, and the edge of a week must not pick the week beside it.
  overview.addSignalListener("brush", (_, { week = readWhole() }) => {
    const brush = String(overview.signal("brush_x"));
    if (brush !== shownBrush) pick(+week[0] + DAY / 2, week[1] - DAY / 2);
    shownBrush = brush;
  });
  overview.addSignalListener("width", () => setTimeout(showBrush));
  for (const name of ["from", "to"]) {
    input(name).addEventListener("change", () => {
      const [begin, end, day] = ["from", "to", name].map((field) => input(field).valueAsNumber);
      // A day beyond the other end moves that end too. A field that is being typed in has the focus again only after
      // this event.
      if (day) setTimeout(() => (begin > end ? pickAndShow(day, day) : pickAndShow(begin, end)));
    });
    input(name).addEventListener("blur", () => showDay(name));
  }
  subjects?.addEventListener("change", async () => {
    await overview.signal("subject", subjects.value).runAsync();
    await pick(figures.signal("start"), figures.signal("end"));
  });
  for (const button of all("button[data-days]")) {
    button.addEventListener("click", () => {
      const days = Number(button.dataset.days);
      const [first, last] = readWhole();
      pickAndShow(days ? last - days * DAY : first, last);
    });
  }
  await pick(...readWhole());
  document.documentElement.dataset.ready = "yes";
}

// Fills a table with rows by its template. Text is set as text, so that no title can run as code.
function fillTable(body, rows) {
  const template = body.querySelector("template");
  const filled = rows.map((row) => {
    const line = template.content.cloneNode(true);
    for (const cell of line.querySelectorAll("[data-field]")) cell.textContent = row[cell.dataset.field] ?? "";
    for (const link of line.querySelectorAll("[data-href]")) link.href = row[link.dataset.href];
    for (const link of line.querySelectorAll("[data-view]")) {
      const { view, key, field } = link.dataset; // a page of the site, and the row's field that names what it shows
      link.href = `view.html#/${view}/${encodeURIComponent(row[key ?? field])}`;
    }
    return line;
  });
  body.replaceChildren(template, ...filled);
}

start();

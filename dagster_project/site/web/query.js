// The query page: an editor, the questions of the warehouse, a search, and the answer as a table and a chart.
import { basicSetup, EditorView, keymap, PostgreSQL, Prec, sql, SQLDialect } from "./vendor/vendor.js";
import { drawChart } from "./chart.js";
import { cite, FORMS } from "./citations.js";
import { explain, Warehouse } from "./engine.js";
import { download, toCsv, toJson, toParquet } from "./save.js";
import { element, makeTable } from "./table.js";

const { questions, tables } = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);
const status = find("status");

const DUCKDB = SQLDialect.define({
  ...PostgreSQL.spec,
  keywords: `${PostgreSQL.spec.keywords} pivot unpivot summarize describe qualify semi anti asof positional exclude columns macro`,
});
// Tables, and below them their columns, each with its comment.
const schema = Object.fromEntries(tables.map(({ name, comment, columns }) => [
  name,
  {
    self: { label: name, type: "type", info: comment },
    children: columns.map((column) => ({ label: column.name, type: "property", detail: column.type, info: column.comment })),
  },
]));
const macros = ["search", "search_any", "search_phrase"].map((label) => ({
  label, type: "function", apply: `${label}('')`, info: find(`about-${label}`)?.textContent,
}));

const editor = new EditorView({
  parent: find("editor"),
  extensions: [
    Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => { run(); return true; } }])),
    basicSetup,
    sql({ dialect: DUCKDB, schema, upperCaseKeywords: true }),
    DUCKDB.language.data.of({ autocomplete: (context) => {
      const word = context.matchBefore(/\w+/);
      return word && { from: word.from, options: macros };
    } }),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": "SQL" }),
  ],
});

let answer = null; // the table that is shown
let running = 0; // the number of the newest query, so that the answer to an older one is not shown
const opened = Warehouse.open();

function write(text) {
  editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
}

function tell(text, isError = false) {
  status.textContent = text;
  status.className = isError ? "error" : "soft";
}

async function run() {
  const text = editor.state.doc.toString().trim().replace(/;\s*$/, "");
  if (!text) return;
  const number = (running += 1);
  history.replaceState(null, "", `#sql=${encodeURIComponent(text)}`);
  document.documentElement.dataset.state = "running";
  tell("Running …");
  find("stop").disabled = false;
  const begun = performance.now();
  try {
    const found = await (await opened).query(text);
    if (number !== running) return;
    show(found);
    tell(`${found.rows.length.toLocaleString("en")} row${found.rows.length === 1 ? "" : "s"} in ${((performance.now() - begun) / 1000).toFixed(2)} s`);
    document.documentElement.dataset.state = "answered";
  } catch (error) {
    if (number !== running) return;
    show(null);
    tell(explain(error), true);
    document.documentElement.dataset.state = "failed";
  }
  find("stop").disabled = true;
}

// A query that runs is not asked to end, but its worker is ended, which always works.
async function stop() {
  running += 1;
  find("stop").disabled = true;
  tell("Stopping …");
  await (await opened).stop();
  document.documentElement.dataset.state = "stopped";
  tell("Stopped.");
}

function show(found) {
  answer = found && makeTable(found);
  find("answer").replaceChildren(...(answer ? [answer.note, answer.table] : []));
  find("tools").hidden = !answer;
  find("cite").hidden = findPapers(found) === undefined;
  find("filter").value = "";
  if (!found) return;
  const names = found.columns.map(({ name }) => name);
  const numbers = found.columns.filter(({ kind }) => kind === "number").map(({ name }) => name);
  const when = found.columns.findIndex(({ kind }) => kind === "day" || kind === "time");
  offer(find("x"), names, when >= 0 ? when : found.columns.findIndex(({ kind }) => kind !== "number"));
  offer(find("y"), numbers, 0);
  offer(find("series"), ["–", ...names], when >= 0 ? 1 + findSeries(found, when) : 0);
  find("mark").value = when >= 0 ? "line" : "bar";
  find("chart-tools").hidden = !numbers.length || found.columns.length < 2;
  if (find("chart-tools").open) draw();
}

// The most series that a chart tells apart by colour.
const MOST_SERIES = 8;

// Returns the first column of texts of which few differ, that could name the lines of a chart; -1 if there is none.
function findSeries({ columns, rows }, but) {
  return columns.findIndex(({ kind }, at) => {
    if (kind !== "text" || at === but) return false;
    const names = new Set(rows.map((row) => row[at]));
    return names.size > 1 && names.size <= MOST_SERIES;
  });
}

// Returns the column that says which paper a row is about; undefined if there is none.
function findPapers(found) {
  const names = found?.columns.map(({ name }) => name) ?? [];
  return ["arxiv_id", "paper_key"].find((name) => names.includes(name));
}

// Saves the citations of the papers that are shown, each once, in their order.
async function saveCitations(form, [label, ending]) {
  const shown = answer.read();
  const column = findPapers(shown);
  const at = shown.columns.findIndex(({ name }) => name === column);
  const keys = [...new Set(shown.rows.map((row) => row[at]).filter((key) => key !== null).map(String))];
  const list = keys.map((key) => `'${key.replaceAll("'", "''")}'`).join(", ") || "NULL";
  try {
    const { rows } = await (await opened).query(
      `SELECT CAST(${column} AS VARCHAR), arxiv_id, first_listed_on FROM dim_paper WHERE CAST(${column} AS VARCHAR) IN (${list})`,
    );
    const papers = new Map(rows.map(([key, ...paper]) => [key, paper]));
    const unknown = keys.find((key) => !papers.has(key));
    if (unknown !== undefined) throw new Error(`no paper of the warehouse has ${column} '${unknown}'`);
    download(await cite(keys.map((key) => papers.get(key)), form), "text/plain;charset=utf-8", `papers.${ending}`);
    tell(`Saved ${keys.length.toLocaleString("en")} paper${keys.length === 1 ? "" : "s"} as ${label}.`);
  } catch (error) {
    tell(explain(error), true);
  }
}

function offer(select, names, chosen) {
  select.replaceChildren(...names.map((name, at) => new Option(name, name, at === chosen, at === chosen)));
}

// The most points that a chart shows; of more, a reader would see none.
const MOST_POINTS = 2000;

async function draw() {
  const { columns, rows } = answer.read();
  const [x, y, series, mark] = ["x", "y", "series", "mark"].map((id) => find(id).value);
  const [atX, atY, atSeries] = [x, y, series].map((name) => columns.findIndex((column) => column.name === name));
  const points = rows.slice(0, MOST_POINTS).map((row) => [row[atX], row[atY], row[atSeries]]);
  const named = atSeries >= 0 ? series : null;
  await drawChart(find("chart"), points, { x, y, series: named, kind: columns[atX].kind, mark, height: 260 });
}

find("run").addEventListener("click", run);
find("stop").addEventListener("click", stop);
find("question").append(...questions.map(({ name, description }) => new Option(description, name)));
find("question").addEventListener("change", ({ target }) => {
  const picked = questions.find(({ name }) => name === target.value);
  if (picked) { write(picked.sql); run(); }
});
find("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = find("words").value.replaceAll("'", "''");
  write(`SELECT arxiv_id, title, score, first_listed_on, latest_votes\nFROM ${find("how").value}('${words}')\nLIMIT 50`);
  run();
});
find("filter").addEventListener("input", ({ target }) => answer.filter(target.value));
find("chart-tools").addEventListener("toggle", ({ target }) => target.open && draw());
for (const id of ["x", "y", "series", "mark"]) find(id).addEventListener("change", draw);
find("csv").addEventListener("click", () => download(`\ufeff${toCsv(answer.read())}`, "text/csv;charset=utf-8", "papers.csv"));
find("json").addEventListener("click", () => download(toJson(answer.read()), "application/json", "papers.json"));
find("parquet").addEventListener("click", () => download(toParquet(answer.read()), "application/vnd.apache.parquet", "papers.parquet"));
find("cite").append(...Object.entries(FORMS).map(([form, names]) => {
  const button = element("button", { type: "button" }, names[0]);
  button.addEventListener("click", () => saveCitations(form, names));
  return button;
}));
find("copy").addEventListener("click", async () => {
  const { columns, rows } = answer.read();
  const lines = [columns.map(({ name }) => name), ...rows].map((row) => row.map((value) => String(value ?? "").replace(/[\t\r\n]+/g, " ")).join("\t"));
  await navigator.clipboard.writeText(lines.join("\n"));
  tell(`Copied ${rows.length.toLocaleString("en")} rows.`);
});
find("link").addEventListener("click", async () => {
  await navigator.clipboard.writeText(location.href);
  tell("Copied the address of this query.");
});

function readAddress() {
  const asked = new URLSearchParams(location.hash.slice(1));
  if (asked.has("search")) {
    find("words").value = asked.get("search");
    find("search").requestSubmit();
  } else if (asked.has("sql")) {
    write(asked.get("sql"));
    run();
  }
  return asked.has("search") || asked.has("sql");
}
addEventListener("hashchange", readAddress);

try {
  tell("Loading the engine, 8 MB …");
  await opened;
  document.documentElement.dataset.state = "ready";
  tell("Ready. Ctrl+Enter runs the query.");
  if (!readAddress()) write("SELECT arxiv_id, title, latest_votes, first_listed_on\nFROM mart_paper\nORDER BY latest_votes DESC NULLS LAST\nLIMIT 20");
} catch (error) {
  document.documentElement.dataset.state = "failed";
  tell(explain(error), true);
}

// The page of a paper, an author, a keyword, a subject or an organisation, which its address names: #/paper/2410.16256.
import { drawChart } from "./chart.js";
import { cite, FORMS } from "./citations.js";
import { explain, Warehouse } from "./engine.js";
import { download } from "./save.js";
import { element, format, linkTo, makeTable } from "./table.js";

const { queries } = JSON.parse(document.getElementById("data").textContent);
const main = document.querySelector("main");
const LINK_NAMES = {
  arxiv_url: "arXiv", pdf_url: "PDF", page_url: "Hugging Face", project_page: "project page", github_repo: "code",
  video_url: "video",
};
const KIND_NAMES = { category: "subject", organization: "organisation" }; // of those that the page calls otherwise
const opened = Warehouse.open();
let shown = 0; // the number of the newest address

function readAddress() {
  const [, kind, ...rest] = location.hash.split("/");
  const name = rest.join("/");
  try {
    return { kind, name: decodeURIComponent(name) };
  } catch {
    return { kind, name }; // a name with a % that somebody typed
  }
}

async function show() {
  const number = (shown += 1);
  const { kind, name } = readAddress();
  document.documentElement.dataset.state = "running";
  main.replaceChildren(element("p", { className: "soft" }, "Loading …"));
  try {
    if (!Object.hasOwn(queries, kind)) throw new Error("the address names no paper, author, keyword, subject or organisation");
    const warehouse = await opened;
    const [{ sql }, ...others] = queries[kind];
    const first = await warehouse.query(sql, [name]);
    if (number !== shown) return;
    if (!first.rows.length) throw new Error(`the warehouse holds no ${KIND_NAMES[kind] ?? kind} "${name}"`);
    const facts = Object.fromEntries(first.rows[0].map((value, at) => [first.columns[at].name, value]));
    document.title = `${facts.title} · Daily Papers`;
    main.replaceChildren(...describe(kind, name, facts, first.columns));
    for (const other of others) {
      const found = await warehouse.query(other.sql, [name]);
      if (number !== shown) return;
      if (found.rows.length) main.append(makeSection(other, found));
    }
    document.documentElement.dataset.state = "answered";
  } catch (error) {
    if (number !== shown) return;
    document.title = "Daily Papers";
    main.replaceChildren(element("p", { className: "error" }, explain(error)));
    document.documentElement.dataset.state = "failed";
  }
}

function describe(kind, name, facts, columns) {
  const links = Object.entries(LINK_NAMES).filter(([key]) => facts[key]?.startsWith("https://"));
  const plain = columns.filter(({ name: key }) => !["title", "abstract", ...Object.keys(LINK_NAMES)].includes(key) && facts[key] !== null);
  const list = element("dl", { className: "facts" }, ...plain.flatMap(({ name: key }) => [
    element("dt", {}, key.replaceAll("_", " ")),
    element("dd", {}, showFact(key, facts[key])),
  ]));
  return [
    element("p", { className: "soft" }, kind === "paper" ? `Paper ${name}` : capitalize(KIND_NAMES[kind] ?? kind)),
    element("h1", {}, facts.title),
    element("p", {}, ...links.flatMap(([key, label], at) => [at ? " · " : "", element("a", { href: facts[key], rel: "noopener" }, label)])),
    ...(facts.abstract ? [element("p", { className: "abstract" }, facts.abstract)] : []),
    list,
    ...(kind === "paper" ? [offerCitations(name, facts.first_listed_on)] : []),
  ];
}

const capitalize = (word) => word[0].toUpperCase() + word.slice(1);

function showFact(key, value) {
  if (key === "organization") return element("a", { href: linkTo(key, value) }, value);
  if (key === "doi") {
    const path = value.split("/").map(encodeURIComponent).join("/");
    return element("a", { href: `https://doi.org/${path}`, rel: "noopener" }, value);
  }
  return format(value);
}

// Returns the buttons that show how the paper is cited.
function offerCitations(name, listedOn) {
  const shown = element("div");
  const buttons = Object.entries(FORMS).map(([form, [label, ending]]) => {
    const button = element("button", { type: "button" }, label);
    button.addEventListener("click", async () => {
      const text = await cite([[name, listedOn]], form);
      const copy = element("button", { type: "button" }, "Copy");
      copy.addEventListener("click", () => navigator.clipboard.writeText(text));
      const save = element("button", { type: "button" }, "Save");
      save.addEventListener("click", () => download(text, "text/plain;charset=utf-8", `${name.replaceAll("/", "-")}.${ending}`));
      shown.replaceChildren(element("pre", { className: "citation" }, text), element("p", { className: "buttons" }, copy, save));
    });
    return button;
  });
  return element("section", { id: "cite" }, element("h2", {}, "Cite"), element("p", { className: "buttons" }, ...buttons), shown);
}

function makeSection({ name, description }, found) {
  const [title, ...rest] = description.split(": ");
  const section = element("section", { id: name }, element("h2", {}, title));
  if (rest.length) section.append(element("p", { className: "soft" }, rest.join(": ")));
  if (name === "paper_sections") {
    for (const [listedOn, heading, text, language] of found.rows) {
      const quote = element("blockquote", { lang: language ?? "" }, text);
      section.append(element("h3", {}, heading ?? "", " ", element("span", { className: "soft" }, listedOn)), quote);
    }
    return section;
  }
  if (/_(votes|months)$/.test(name) && found.rows.length > 1) {
    const chart = element("div", { className: "chart" });
    const known = found.rows.filter(([, value]) => value !== null);
    section.append(chart);
    setTimeout(() => drawChart(chart, known, { x: null, y: null, kind: found.columns[0].kind, mark: "line", height: 200 }));
  }
  section.append(makeTable(found, { sortable: found.rows.length > 5 }).table);
  return section;
}

addEventListener("hashchange", show);
show();

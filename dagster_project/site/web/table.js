// Shows rows as a table that a reader sorts and filters. Values are set as text, so that no title can run as code.
export const MOST_ROWS = 500; // rows that are shown at once; sorting and filtering look at all

const LINKS = {
  paper: (value) => `#/paper/${encodeURIComponent(value)}`,
  arxiv_id: (value) => `#/paper/${encodeURIComponent(value)}`,
  author: (value) => `#/author/${encodeURIComponent(value)}`,
  keyword: (value) => `#/keyword/${encodeURIComponent(value)}`,
  category: (value) => `#/category/${encodeURIComponent(value)}`,
  organization: (value) => `#/organization/${encodeURIComponent(value)}`,
};

export function linkTo(kind, value) {
  return `view.html${LINKS[kind](value)}`;
}

export function format(value) {
  if (value === null) return "–";
  return typeof value === "number" && !Number.isInteger(value) ? String(Math.round(value * 1e6) / 1e6) : String(value);
}

function compare(one, other) {
  if (one === null || other === null) return (one === null) - (other === null);
  return typeof one === "string" ? one.localeCompare(other) : one < other ? -1 : one > other ? 1 : 0;
}

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// Returns a table of rows, and functions that filter it and say which rows it holds.
export function makeTable({ columns, rows }, { sortable = true } = {}) {
  let shown = rows, filter = "", sorted = null, falling = false;
  const body = element("tbody");
  const note = element("p", { className: "soft" });
  note.setAttribute("role", "status");

  function draw() {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    shown = rows.filter((row) => {
      const text = row.map(format).join(" ").toLowerCase();
      return words.every((word) => text.includes(word));
    });
    if (sorted !== null) {
      shown = [...shown].sort((one, other) => {
        const unknown = (one[sorted] === null) - (other[sorted] === null);
        return unknown || (falling ? -1 : 1) * compare(one[sorted], other[sorted]);
      });
    }
    body.replaceChildren(...shown.slice(0, MOST_ROWS).map(drawRow));
    const counted = `${shown.length.toLocaleString("en")} row${shown.length === 1 ? "" : "s"}`;
    note.textContent = shown.length > MOST_ROWS ? `${counted}, of which the first ${MOST_ROWS} are shown` : counted;
    if (shown.length < rows.length) note.textContent += ` of ${rows.length.toLocaleString("en")}`;
  }

  function drawRow(row) {
    return element("tr", {}, ...row.map((value, at) => drawCell(columns[at], value)));
  }

  const head = element("tr", {}, ...columns.map(({ name, kind }, at) => {
    const cell = element("th", { className: kind === "number" ? "number" : "" });
    if (!sortable) {
      cell.append(name.replaceAll("_", " "));
      return cell;
    }
    const parts = name.split(/(?<=_)/).flatMap((part) => [part, element("wbr")]); // where a narrow screen may break it
    const button = element("button", { type: "button", className: "head" }, ...parts);
    button.addEventListener("click", () => {
      falling = sorted === at ? !falling : kind === "number";
      sorted = at;
      for (const one of head.children) one.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", falling ? "descending" : "ascending");
      draw();
    });
    cell.append(button);
    return cell;
  }));
  draw();
  const table = element("table", {}, element("thead", {}, head), body);
  return {
    table: element("div", { className: "scroll" }, table),
    note,
    filter: (text) => { filter = text; draw(); },
    read: () => ({ columns, rows: shown }),
  };
}

// The most characters of a word that is not broken, and of a text that needs no room of its own.
const SHORT_WORD = 16, SHORT_TEXT = 40;

function chooseClass(kind, value) {
  if (kind === "number") return "number";
  const text = String(value);
  if (kind === "day" || (text.length <= SHORT_WORD && !/\s/.test(text))) return "day";
  return text.length > SHORT_TEXT ? "title" : "";
}

function drawCell({ name, kind }, value) {
  const cell = element("td", { className: chooseClass(kind, value) });
  if (value === null) {
    cell.append(element("span", { className: "soft", title: "NULL: unknown" }, "–"));
  } else if (Object.hasOwn(LINKS, name) && typeof value === "string") {
    cell.append(element("a", { href: linkTo(name, value) }, value));
  } else if (typeof value === "string" && /^https:\/\/[^\s]+$/.test(value)) {
    cell.append(element("a", { href: value, rel: "noopener" }, value.replace(/^https:\/\/(www\.)?/, "")));
  } else {
    cell.append(element("span", { className: "value" }, format(value)));
  }
  return cell;
}

// Saves rows as CSV, JSON or Parquet, as `papers sql` writes them.
import { parquetWriteBuffer } from "./vendor/vendor.js";

const FORMULA = /^[=+\-@\t\r\n\0＝＋－＠]/; // what makes a spreadsheet run a text

export function toCsv({ columns, rows }) {
  const field = (value) => {
    if (value === null) return "";
    const text = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value);
    return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns.map(({ name }) => name), ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

export function toJson({ columns, rows }) {
  const names = numberNames(columns);
  const toValue = (value, { kind }) => (kind === "time" && value !== null ? value.replace(" ", "T") : value);
  const records = rows.map((row) => Object.fromEntries(row.map((value, at) => [names[at], toValue(value, columns[at])])));
  // A whole number beyond a browser's own numbers is written digit by digit.
  const big = new Map();
  const text = JSON.stringify(records, (_, value) => {
    if (typeof value !== "bigint") return value;
    big.set(`\u0000${value}`, String(value));
    return `\u0000${value}`;
  }, 2);
  return `${text.replace(/"\\u0000(-?\d+)"/g, (_, digits) => digits)}\n`;
}

const DATE = { type: "INT32", converted_type: "DATE" };
const TIME = { type: "INT64", converted_type: "TIMESTAMP_MILLIS" };
const TEXT = { type: "BYTE_ARRAY", converted_type: "UTF8" };

export function toParquet({ columns, rows }) {
  const names = numberNames(columns);
  const typed = columns.map(({ kind }, at) => typeColumn(kind, rows.map((row) => row[at])));
  return parquetWriteBuffer({
    columnData: typed.map(({ data }, at) => ({ name: names[at], data })),
    schema: [
      { name: "root", num_children: names.length },
      ...typed.map(({ element }, at) => ({ name: names[at], repetition_type: "OPTIONAL", ...element })),
    ],
  });
}

// Returns the values of a column as Parquet's type has them, and the type.
function typeColumn(kind, values) {
  const known = (convert) => values.map((value) => (value === null ? null : convert(value)));
  if (kind === "day") return { element: DATE, data: known((value) => new Date(value)) };
  if (kind === "time") return { element: TIME, data: known((value) => new Date(`${value.replace(" ", "T")}Z`)) };
  if (kind === "boolean") return { element: { type: "BOOLEAN" }, data: values };
  if (kind !== "number") return { element: TEXT, data: known(String) };
  const isWhole = (value) => value === null || typeof value === "bigint" || Number.isSafeInteger(value);
  return values.every(isWhole)
    ? { element: { type: "INT64" }, data: known(BigInt) }
    : { element: { type: "DOUBLE" }, data: known(Number) };
}

// Returns the names of columns, of which no two are equal: the later of two gets a number, as in `papers sql`.
function numberNames(columns) {
  const taken = new Set();
  return columns.map(({ name }) => {
    let made = name;
    for (let number = 1; taken.has(made); number += 1) made = `${name}_${number}`;
    taken.add(made);
    return made;
  });
}

export function download(contents, type, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([contents], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

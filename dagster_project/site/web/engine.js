// Opens the warehouse in the browser: DuckDB in a worker, which reads the parts of the file that a query needs.
// It loads nothing from another host, and a query can change nothing.
import { AsyncDuckDB, DuckDBDataProtocol, VoidLogger } from "./vendor/vendor.js";

const ROOT = new URL("..", import.meta.url);
const SETTINGS = [
  "SET autoinstall_known_extensions = false",
  "SET autoload_known_extensions = false",
];
const LIMITS = ["SET enable_external_access = false", "SET lock_configuration = true"];
const READS = /^\s*(?:--[^\n]*\n\s*|\/\*[\s\S]*?\*\/\s*)*\(*\s*(select|from|with|values|table|pivot|unpivot|describe|show|summarize|explain)\b/i;

// Returns the engine as an address that the worker can load. It lies compressed, since not every host compresses; one
// that sends it as compressed has it unpacked by the browser already.
async function fetchEngine() {
  const answer = await fetch(new URL("assets/vendor/duckdb-eh.wasm.gz", ROOT));
  if (!answer.ok) throw new Error(`the engine could not be loaded: ${answer.status} ${answer.statusText}`);
  let bytes = new Uint8Array(await answer.arrayBuffer());
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    bytes = new Uint8Array(await new Response(unpacked).arrayBuffer());
  }
  return URL.createObjectURL(new Blob([bytes], { type: "application/wasm" }));
}

let engine; // The address of the unpacked engine; a stopped warehouse is opened again with it.

export class Warehouse {
  static async open() {
    const warehouse = new Warehouse();
    await warehouse.start();
    return warehouse;
  }

  async start() {
    engine ??= fetchEngine();
    this.worker = new Worker(new URL("vendor/duckdb-browser-eh.worker.js", import.meta.url));
    this.database = new AsyncDuckDB(new VoidLogger(), this.worker);
    const [address, manifest] = await Promise.all([engine, fetch(new URL("data/parts.json", ROOT)).then((one) => one.json())]);
    await this.database.instantiate(address);
    await this.database.open({
      query: { castBigIntToDouble: false, castDecimalToDouble: true },
      // Parts of a file are loaded as they are needed; from a host that gives no parts, the whole file is.
      filesystem: { reliableHeadRequests: true, allowFullHTTPReads: true, forceFullHTTPReads: false },
    });
    this.connection = await this.database.connect();
    for (const statement of SETTINGS) await this.connection.query(statement);
    for (const { file, alias } of manifest.parts) {
      await this.database.registerFileURL(file, new URL(`data/${file}`, ROOT).href, DuckDBDataProtocol.HTTP, false);
      await this.connection.query(`ATTACH '${file}' AS ${alias} (READ_ONLY)`);
    }
    // A large warehouse lies in several files, which views join.
    const open = manifest.parts.length === 1 ? [`USE ${manifest.parts[0].alias}`] : [...manifest.views, ...manifest.macros];
    for (const statement of [...open, ...LIMITS]) await this.connection.query(statement);
  }

  // Runs one statement that only reads, with values for its parameters, and returns columns and rows.
  async query(sql, values = []) {
    if (!READS.test(sql)) throw new Error("not a query: give one SELECT, FROM, WITH, PIVOT, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN");
    const statement = await this.connection.prepare(sql);
    try {
      return readTable(await statement.query(...values));
    } finally {
      await statement.close();
    }
  }

  // Ends whatever runs, and opens the warehouse anew; what waits for an answer is told so.
  async stop() {
    this.worker.terminate();
    await this.start();
  }
}

// Returns the one line of an error of DuckDB that says what is wrong, with the place where it is known.
export function explain(error) {
  const text = String(error.message ?? error);
  const place = /LINE (\d+):/.exec(text);
  const [line] = text.split("\n");
  return place ? `${line} (line ${place[1]})` : line;
}

function readTable(table) {
  const columns = table.schema.fields.map(({ name, type }) => ({ name, type: String(type), kind: findKind(type) }));
  const rows = table.toArray().map((row) => [...row].map(([, value], at) => toPlain(value, columns[at].kind)));
  return { columns, rows };
}

function findKind(type) {
  const name = String(type);
  if (/^Timestamp/.test(name)) return "time";
  if (/^Date/.test(name)) return "day";
  if (/^(?:Int|Uint|Float|Decimal)/.test(name)) return "number";
  if (/^Bool/.test(name)) return "boolean";
  return /^(?:Utf8|Dictionary)/.test(name) ? "text" : "other";
}

// Returns a value as a number, a text, a boolean or null. Whole numbers that a browser's numbers cannot hold stay exact,
// as BigInt.
function toPlain(value, kind) {
  if (value === null || value === undefined) return null;
  if (kind === "day") return new Date(Number(value)).toISOString().slice(0, 10);
  if (kind === "time") return formatTime(Number(value));
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (kind === "other") return JSON.stringify(value, (_, each) => (typeof each === "bigint" ? Number(each) : each));
  return value;
}

// Returns a time in UTC as DuckDB prints it, to the microsecond where it has any.
function formatTime(milliseconds) {
  const micros = Math.round((milliseconds % 1000) * 1000);
  const [day, time] = new Date(milliseconds).toISOString().split("T");
  const fraction = micros ? `.${String(micros).padStart(6, "0")}` : "";
  return `${day} ${time.slice(0, 8)}${fraction}`;
}

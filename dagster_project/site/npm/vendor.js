// What the pages use of others' packages, bundled into one file when the package is built.
export { AsyncDuckDB, DuckDBDataProtocol, VoidLogger } from "@duckdb/duckdb-wasm";
export { PostgreSQL, sql, SQLDialect } from "@codemirror/lang-sql";
export { Compartment, EditorState, Prec } from "@codemirror/state";
export { EditorView, keymap } from "@codemirror/view";
export { basicSetup } from "codemirror";
export { parquetWriteBuffer } from "hyparquet-writer";

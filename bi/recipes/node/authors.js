// Author names with the most votes, those of a paper shared out among its authors.
import { DuckDBInstance } from "@duckdb/node-api";

const path = process.argv[2] ?? "warehouse/current/papers.duckdb";
const instance = await DuckDBInstance.create(path, { access_mode: "READ_ONLY" });
const connection = await instance.connect();
const answer = await connection.runAndReadAll(
  `SELECT name, papers, round(fractional_votes, 1) AS share_of_votes
   FROM mart_author
   ORDER BY share_of_votes DESC NULLS LAST, name
   LIMIT $most`,
  { most: 5 },
);
console.table(answer.getRowObjectsJson());
// A process that stays up must close both, or it goes on reading the release that it opened.
connection.closeSync();
instance.closeSync();

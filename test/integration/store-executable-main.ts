/** Counts, in the store of the directory given as argument, how often it has been started. */
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";

const [directory = ""] = process.argv.slice(2);
await using store = await openSqliteStore({ directory });
const present = store.get("/starts");
const starts = Number(new TextDecoder().decode(present?.value)) + 1;
const value = new TextEncoder().encode(String(starts));
await (present === undefined
  ? store.create("/starts", value)
  : store.update("/starts", present.revision, value));
process.stdout.write(`started ${String(starts)} times\n`);

import { chmodSync, closeSync, openSync } from "node:fs";
import type { Database } from "better-sqlite3";
import type { LostRevisions, RecoveredState } from "../revision-log.ts";
import { StoreError } from "../store-error.ts";
import { codeOf } from "./failure.ts";
import { FORMAT_VERSION, MIGRATIONS } from "./migrations.ts";
import { SqliteDatabase } from "./sqlite.ts";

/** What one process wrote holds every secret of the cluster. */
const OWNER_ONLY = 0o600;

/**
 * Opens a database for this process alone and brings its format up to date. Throws `inUse` or `newerFormat`, and
 * SQLite's own errors. The lock is SQLite's: it ends with the process, whatever way that ends.
 */
export function openDatabase(path: string): Database {
  createPrivately(path);
  // Waiting for the lock makes no sense: who has it keeps it.
  const database = new SqliteDatabase(path, { timeout: 0 });
  try {
    database.pragma("locking_mode = EXCLUSIVE");
    assertReadable(database);
    configure(database);
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw codeOf(error).startsWith("SQLITE_BUSY") ? inUse(path, error) : error;
  }
}

/** Settles what the previous process left, and tells where this one starts. */
export function recover(database: Database): Omit<RecoveredState, "entries"> {
  const progress = readProgress(database);
  const newest = database.prepare("SELECT coalesce(max(revision), 0) FROM log").pluck().get() as number;
  const logged = Math.max(newest, progress.compacted);
  if (progress.reserved > logged) noteLoss(database, { after: logged, through: progress.reserved });
  const lost = database
    .prepare("SELECT after_revision AS after, through_revision AS through FROM lost ORDER BY after_revision")
    .all() as LostRevisions[];
  return {
    revision: Math.max(logged, ...lost.map(({ through }) => through + 1)),
    compactedRevision: progress.compacted,
    lost,
  };
}

/** SQLite gives its write-ahead log the mode of the database. The file is not opened: closing it would drop locks. */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, "wx", OWNER_ONLY));
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    chmodSync(path, OWNER_ONLY);
  }
}

function inUse(path: string, cause: unknown): StoreError {
  return new StoreError({ code: "inUse" }, `Cannot open database "${path}": another process uses it`, {
    cause,
  });
}

function assertReadable(database: Database): void {
  const found = database.pragma("user_version", { simple: true }) as number;
  if (found <= FORMAT_VERSION) return;
  throw new StoreError(
    { code: "newerFormat", found, supported: FORMAT_VERSION },
    `Cannot open database "${database.name}": its format is ${String(found)}, written by a newer version; ` +
      `this version knows formats up to ${String(FORMAT_VERSION)}`,
  );
}

function configure(database: Database): void {
  // Objects are of a few kilobytes: smaller pages would split many, larger ones make small commits dearer.
  database.pragma("page_size = 8192");
  database.pragma("auto_vacuum = INCREMENTAL");
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  // Checkpoints run when nobody waits for them.
  database.pragma("wal_autocheckpoint = 0");
  database.pragma(`journal_size_limit = ${String(8 * 1024 * 1024)}`);
  // Rows are written once and read at start: a cache of pages would only take memory.
  database.pragma("cache_size = -2000");
}

function migrate(database: Database): void {
  const found = database.pragma("user_version", { simple: true }) as number;
  for (const [index, step] of MIGRATIONS.slice(found).entries()) {
    database.transaction(() => {
      database.exec(step);
      database.pragma(`user_version = ${String(found + index + 1)}`);
    })();
  }
}

function readProgress(database: Database): { readonly compacted: number; readonly reserved: number } {
  return database
    .prepare("SELECT compacted_revision AS compacted, reserved_revision AS reserved FROM progress")
    .get() as { readonly compacted: number; readonly reserved: number };
}

/** The reservation has served: from now on the range is known as lost. */
function noteLoss(database: Database, { after, through }: LostRevisions): void {
  database.transaction(() => {
    database.prepare("INSERT INTO lost VALUES (?, ?)").run(after, through);
    database.prepare("UPDATE progress SET reserved_revision = 0").run();
  })();
}

import type { Database, Statement } from "better-sqlite3";
import type { LogRecord } from "../revision-log.ts";
import type { ReadRequest } from "./worker-protocol.ts";

/** Rows taken out in one step of a sweep, and pages given back in one: about a millisecond each. */
const SWEEP_ROWS = 200;
const VACUUM_PAGES = 32;

/** Free pages are reused by the next rows, so a database keeps some; more than these go back to the file system. */
const MAX_FREE_SHARE = 0.25;
const MIN_FREE_PAGES = 128;

/** The write-ahead log is written back when it has this many pages. */
const CHECKPOINT_PAGES = 256;

/** One read of history looks at so many revisions, and ends when it has found so much. */
const READ_REVISIONS = 2000;
const READ_BYTES = 1024 * 1024;

interface ProgressRow {
  readonly compacted: number;
  readonly swept: number;
}

/** A part of the history: records, and what each of them replaced. */
export interface HistoryRows {
  readonly records: readonly LogRecord[];
  readonly previous: readonly LogRecord[];
  /** There is nothing else in the range up to here. */
  readonly throughRevision: number;
}

interface HistoryRow {
  readonly key: string;
  readonly revision: number;
  readonly createRevision: number;
  readonly previousRevision: number;
  readonly value: Uint8Array | null;
  readonly replacedCreateRevision: number | null;
  readonly replaced: Uint8Array | null;
}

const SELECT_HISTORY = `
  SELECT log.key, log.revision, log.create_revision AS createRevision, log.previous_revision AS previousRevision,
    log.value, replaced.create_revision AS replacedCreateRevision, replaced.value AS replaced
  FROM log LEFT JOIN log AS replaced ON replaced.revision = log.previous_revision
  WHERE log.revision > @afterRevision AND log.revision <= @throughRevision
    AND substr(log.key, 1, length(@prefix)) = @prefix
  ORDER BY log.revision`;

/** The log in an open database. Everything is synchronous: it runs in a thread of its own. */
export class LogDatabase {
  readonly #database: Database;
  readonly #insert: Statement<[number, string, number, number, Uint8Array | null]>;
  readonly #reserve: Statement<[number]>;
  readonly #history: Statement<[ReadRequest], HistoryRow>;
  readonly #progress: Statement<[], ProgressRow>;
  readonly #walFrames: Statement<[], { readonly log: number }>;

  constructor(database: Database) {
    this.#database = database;
    this.#insert = database.prepare("INSERT INTO log VALUES (?, ?, ?, ?, ?)");
    this.#reserve = database.prepare("UPDATE progress SET reserved_revision = ?");
    this.#history = database.prepare(SELECT_HISTORY);
    this.#progress = database.prepare(
      "SELECT compacted_revision AS compacted, swept_revision AS swept FROM progress",
    );
    this.#walFrames = database.prepare("PRAGMA wal_checkpoint(NOOP)");
  }

  /** Durable when it returns; when it throws, nothing of it is in the log. */
  append(records: readonly LogRecord[], reservedRevision: number | undefined): void {
    this.#database.transaction(() => {
      for (const { revision, key, createRevision, previousRevision, value } of records) {
        this.#insert.run(revision, key, createRevision, previousRevision, value ?? null);
      }
      if (reservedRevision !== undefined) this.#reserve.run(reservedRevision);
    })();
  }

  /** A leading part of the range, since commits wait meanwhile. */
  read(wanted: ReadRequest): HistoryRows {
    const throughRevision = Math.min(wanted.throughRevision, wanted.afterRevision + READ_REVISIONS);
    const range = { ...wanted, throughRevision };
    const records: LogRecord[] = [];
    const previous: LogRecord[] = [];
    let bytes = 0;
    for (const row of this.#history.iterate(range)) {
      records.push(toRecord(row));
      const replaced = toReplacedRecord(row);
      if (replaced !== undefined) previous.push(replaced);
      bytes += (row.value?.length ?? 0) + (row.replaced?.length ?? 0);
      if (bytes >= READ_BYTES) return { records, previous, throughRevision: row.revision };
    }
    return { records, previous, throughRevision };
  }

  /** Gives records other values, and overwrites the old ones in the file. */
  rewrite(records: readonly LogRecord[]): void {
    this.#database.pragma("secure_delete = ON");
    try {
      const update = this.#database.prepare("UPDATE log SET value = ? WHERE revision = ? AND key = ?");
      this.#database.transaction(() => {
        for (const { value, revision, key } of records) update.run(value, revision, key);
      })();
    } finally {
      this.#database.pragma("secure_delete = OFF");
    }
  }

  /** Writes the write-ahead log back and empties it. */
  truncate(): void {
    this.#pragma("wal_checkpoint(TRUNCATE)");
  }

  /** Notes that history up to `revision` is forgotten; `sweep` then removes it. */
  compact(revision: number): void {
    this.#withoutSync(() => {
      this.#database
        .prepare("UPDATE progress SET compacted_revision = max(compacted_revision, ?)")
        .run(revision);
      this.#database.prepare("DELETE FROM lost WHERE through_revision < ?").run(revision);
    });
  }

  /** Takes one small step; true when there is nothing left to remove or to give back. */
  sweep(): boolean {
    const progress = this.#progress.get();
    if (progress !== undefined && progress.swept < progress.compacted) this.#sweepRows(progress);
    else if (this.#hasExcessPages()) this.#returnPages();
    else return true;
    return false;
  }

  /** Writes the write-ahead log back when it has grown, so that it starts over; true when it did. */
  checkpoint(): boolean {
    const pages = this.#walFrames.get()?.log ?? 0;
    if (pages < CHECKPOINT_PAGES) return false;
    this.#pragma("wal_checkpoint(PASSIVE)");
    return true;
  }

  /** Size of the database in bytes, without the write-ahead log. */
  size(): number {
    return this.#pragma("page_count") * this.#pragma("page_size");
  }

  close(): void {
    this.#database.close();
  }

  /**
   * Every row names the one that it replaces, so walking the rows behind `swept` finds all that is superseded
   * without an index of keys: what they replaced, and they themselves where they are deletions.
   */
  #sweepRows({ swept, compacted }: ProgressRow): void {
    const step = "revision > @swept AND revision <= @through";
    const range = { swept, through: this.#stepEnd(swept, compacted) };
    this.#withoutSync(() => {
      this.#database
        .prepare(`DELETE FROM log WHERE revision IN (SELECT previous_revision FROM log WHERE ${step})`)
        .run(range);
      this.#database.prepare(`DELETE FROM log WHERE ${step} AND value IS NULL`).run(range);
      this.#database.prepare("UPDATE progress SET swept_revision = @through").run({ through: range.through });
    });
  }

  #stepEnd(swept: number, compacted: number): number {
    const end = this.#database
      .prepare(
        "SELECT revision FROM log WHERE revision > ? AND revision <= ? ORDER BY revision LIMIT 1 OFFSET ?",
      )
      .pluck()
      .get(swept, compacted, SWEEP_ROWS - 1) as number | undefined;
    return end ?? compacted;
  }

  #hasExcessPages(): boolean {
    const excess = Math.max(MIN_FREE_PAGES, this.#pragma("page_count") * MAX_FREE_SHARE);
    return this.#pragma("freelist_count") > excess;
  }

  #returnPages(): void {
    this.#withoutSync(() => this.#database.pragma(`incremental_vacuum(${String(VACUUM_PAGES)})`));
  }

  /**
   * Removing old rows may be undone by a power cut, since it is done again after the next start. So it does not wait
   * for the disk; the next append's fsync covers it.
   */
  #withoutSync(change: () => unknown): void {
    this.#database.pragma("synchronous = NORMAL");
    try {
      this.#database.transaction(change)();
    } finally {
      this.#database.pragma("synchronous = FULL");
    }
  }

  #pragma(source: string): number {
    return this.#database.pragma(source, { simple: true }) as number;
  }
}

function toRecord({ key, revision, createRevision, previousRevision, value }: HistoryRow): LogRecord {
  return { key, revision, createRevision, previousRevision, value: value ?? undefined };
}

function toReplacedRecord(row: HistoryRow): LogRecord | undefined {
  const { key, previousRevision: revision, replacedCreateRevision: createRevision, replaced: value } = row;
  if (createRevision === null || value === null) return undefined;
  return { key, revision, createRevision, previousRevision: 0, value };
}

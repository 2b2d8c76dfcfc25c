/**
 * Each step brings a database from one format version, its index, to the next. `PRAGMA user_version` holds the
 * version. A released step never changes; a new format is a new step at the end.
 */
export const MIGRATIONS: readonly string[] = [
  `
  -- One row for each write, in order. Rows are appended, and removed only by compaction.
  CREATE TABLE log (
    revision INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    create_revision INTEGER NOT NULL,
    -- The row of the same key that this one replaces; 0 when it creates the key.
    previous_revision INTEGER NOT NULL,
    -- NULL when the row deletes the key. The last column, so that scans of the others need not read it.
    value BLOB
  ) STRICT;

  -- Revisions that readers may have seen and that a crash took back.
  CREATE TABLE lost (
    after_revision INTEGER PRIMARY KEY,
    through_revision INTEGER NOT NULL
  ) STRICT;

  -- History up to compacted_revision is forgotten; up to swept_revision its rows are gone as well. Revisions up to
  -- reserved_revision may have been seen although they are not in the log.
  CREATE TABLE progress (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    compacted_revision INTEGER NOT NULL,
    swept_revision INTEGER NOT NULL,
    reserved_revision INTEGER NOT NULL
  ) STRICT;
  INSERT INTO progress VALUES (1, 0, 0, 0);
  `,
];

/** The newest format version that this build reads and writes. */
export const FORMAT_VERSION = MIGRATIONS.length;

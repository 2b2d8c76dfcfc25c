import type Sqlite from "better-sqlite3";

/**
 * SQLite for the processor that this runs on. `process.arch` is a constant to `bun build --compile`, which
 * therefore embeds the one native library that its target needs; the package's plain entry is not embedded at all.
 */
export const SqliteDatabase: typeof Sqlite =
  process.arch === "arm64"
    ? (require("better-sqlite3/linux-arm64") as typeof Sqlite)
    : (require("better-sqlite3/linux-x64") as typeof Sqlite);

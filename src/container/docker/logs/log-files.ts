import { readdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { LogFile } from "./log-file.ts";

/** Where the reading of a log is to end. */
interface LogEnd {
  readonly inode: number;
  readonly size: number;
}

/**
 * Reads through the files of a log, the oldest first. The engine renames them when the newest is full, also while
 * they are read: what follows a file is found by what the file is, not by its name. Nothing is left out unless the
 * reader is as far behind as all files together are long.
 */
export class LogFiles implements AsyncDisposable {
  readonly #path: string;
  #current: LogFile | undefined;

  private constructor(path: string, current: LogFile | undefined) {
    this.#path = path;
    this.#current = current;
  }

  /** Begins with the last so many records, or with all that there are. */
  static async open(path: string, tailLines = Number.POSITIVE_INFINITY): Promise<LogFiles> {
    let oldest: LogFile | undefined;
    let missing = tailLines;
    for (const name of await newestFirst(path)) {
      const file = await LogFile.open(name);
      if (file === undefined) continue;
      await oldest?.[Symbol.asyncDispose]();
      oldest = file;
      if (Number.isFinite(missing)) missing -= await file.seekLast(missing);
      if (missing === 0) break;
    }
    return new LogFiles(path, oldest);
  }

  /** Where the log ends now; undefined when there is none. */
  async end(): Promise<LogEnd | undefined> {
    await using newest = await LogFile.open(this.#path);
    return newest && { inode: newest.inode, size: await newest.size() };
  }

  /** Everything up to an end, or else what has been written since the last call. */
  async *records(end?: LogEnd): AsyncGenerator<Buffer, void, void> {
    for (;;) {
      if (end !== undefined && this.#current?.inode === end.inode) {
        yield* this.#current.records(end.size);
        return;
      }
      // Nothing more is written to a file when there is a newer one, so that is looked for before the file is read.
      const newer = await this.#openNewer();
      if (this.#current !== undefined) yield* this.#current.records();
      if (newer === undefined) return;
      await this.#current?.[Symbol.asyncDispose]();
      this.#current = newer;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#current?.[Symbol.asyncDispose]();
  }

  /** The file that comes behind the current one. */
  async #openNewer(): Promise<LogFile | undefined> {
    let newer: LogFile | undefined;
    // The newest first: a file that is renamed meanwhile is met twice, where in the other direction it were missed.
    for (const name of await newestFirst(this.#path)) {
      const file = await LogFile.open(name);
      if (file === undefined) continue;
      if (file.inode === this.#current?.inode) {
        await file[Symbol.asyncDispose]();
        return newer;
      }
      await newer?.[Symbol.asyncDispose]();
      newer = file;
    }
    return newer;
  }
}

/** The newest is the log itself, the older ones are numbered. There is one more than is found while they are renamed. */
async function newestFirst(path: string): Promise<readonly string[]> {
  const prefix = `${basename(path)}.`;
  const names = await readdir(dirname(path)).catch(() => []);
  const numbers = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number(name.slice(prefix.length)));
  const oldest = Math.max(0, ...numbers.filter(Number.isInteger)) + 1;
  return [path, ...Array.from({ length: oldest }, (_, index) => `${path}.${String(index + 1)}`)];
}

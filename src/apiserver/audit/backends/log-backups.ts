import { createReadStream, createWriteStream, readdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { GZIP, planRotation, type RotationLimits } from "./plan-rotation.ts";

export interface LogBackupsOptions extends Omit<RotationLimits, "now"> {
  /** Whether older files are compressed. */
  readonly compress: boolean;
}

export interface LogBackupsDependencies {
  /** Hears of a file that stays as it is; it is tried again with the next one. */
  readonly onUncompressed: (error: unknown) => void;
}

/** The older files of a log. Disposal gives up the one that is being compressed. */
export class LogBackups implements Disposable {
  readonly #options: LogBackupsOptions;
  readonly #dependencies: LogBackupsDependencies;
  readonly #disposed = new AbortController();
  #isCompressing = false;

  constructor(options: LogBackupsOptions, dependencies: LogBackupsDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Removes those that are too many or too old; compresses the others later. */
  tidy(now: number): void {
    const directory = dirname(this.#options.path);
    const { remove, compress } = planRotation(readdirSync(directory), { ...this.#options, now });
    for (const name of remove) rmSync(join(directory, name), { force: true });
    if (this.#options.compress && !this.#isCompressing)
      void this.#compressAll(compress.map((name) => join(directory, name)));
  }

  [Symbol.dispose](): void {
    this.#disposed.abort();
  }

  async #compressAll(paths: readonly string[]): Promise<void> {
    this.#isCompressing = true;
    for (const path of paths) {
      try {
        await compressFile(path, this.#disposed.signal);
      } catch (error) {
        if (this.#disposed.signal.aborted) return;
        this.#dependencies.onUncompressed(new Error(`Cannot compress "${basename(path)}"`, { cause: error }));
      }
    }
    this.#isCompressing = false;
  }
}

/** The file is replaced once all of it has been compressed. */
async function compressFile(path: string, signal: AbortSignal): Promise<void> {
  const compressed = `${path}${GZIP}`;
  try {
    await pipeline(createReadStream(path), createGzip(), createWriteStream(compressed, { mode: 0o600 }), {
      signal,
    });
  } catch (error) {
    await rm(compressed, { force: true });
    throw error;
  }
  await rm(path, { force: true });
}

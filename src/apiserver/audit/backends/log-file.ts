import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "#base/clock.ts";
import type { LogOutput } from "./log-backend.ts";
import { backupName, planRotation } from "./plan-rotation.ts";

export interface LogFileOptions {
  readonly path: string;
  /** A file does not grow larger; 0 for no limit. */
  readonly maxSizeBytes: number;
  /** Older files that are kept; 0 for all of them, as the next one. */
  readonly maxBackups: number;
  readonly maxAgeMs: number;
}

/**
 * A file that lines are added to. When it is full it gets a name with the time and another one takes its place. Of a
 * line that cannot be written nothing is left.
 */
export class LogFile implements LogOutput {
  readonly #options: LogFileOptions;
  readonly #clock: Pick<Clock, "now">;
  #open: { readonly descriptor: number; sizeBytes: number } | undefined;

  /** Throws the error of the file system when the file cannot be written to. */
  constructor(options: LogFileOptions, { clock }: { readonly clock: Pick<Clock, "now"> }) {
    this.#options = options;
    this.#clock = clock;
    mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
    this.#open = this.#openFile();
  }

  write(text: string): void {
    const line = Buffer.from(text);
    const { maxSizeBytes } = this.#options;
    if (maxSizeBytes > 0 && line.length > maxSizeBytes)
      throw new RangeError(
        `Cannot write an event of ${String(line.length)} bytes: it exceeds the size of a file`,
      );
    this.#open ??= this.#openFile();
    const isFull = maxSizeBytes > 0 && this.#open.sizeBytes + line.length > maxSizeBytes;
    const file = isFull ? this.#rotate() : this.#open;
    let written = 0;
    try {
      while (written < line.length) written += writeSync(file.descriptor, line, written);
    } catch (error) {
      // Half a line would spoil the next one.
      if (written > 0) ftruncateSync(file.descriptor, file.sizeBytes);
      throw error;
    }
    file.sizeBytes += line.length;
  }

  [Symbol.dispose](): void {
    if (this.#open !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  #rotate() {
    this[Symbol.dispose]();
    const { path } = this.#options;
    const now = this.#clock.now();
    renameSync(path, join(dirname(path), backupName(path, now)));
    this.#open = this.#openFile();
    const directory = dirname(path);
    for (const name of planRotation(readdirSync(directory), { ...this.#options, now }))
      rmSync(join(directory, name), { force: true });
    return this.#open;
  }

  #openFile() {
    const descriptor = openSync(this.#options.path, "a", 0o600);
    return { descriptor, sizeBytes: fstatSync(descriptor).size };
  }
}

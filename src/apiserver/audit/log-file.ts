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
import type { Logger } from "#observability/logger.ts";
import { backupName, planRotation } from "./plan-rotation.ts";
import type { AuditSink } from "./request-audit.ts";

export interface LogFileOptions {
  readonly path: string;
  /** A file does not grow larger; 0 for no limit. */
  readonly maxSizeBytes: number;
  /** Older files that are kept; 0 for all of them, as the next one. */
  readonly maxBackups: number;
  readonly maxAgeMs: number;
}

export interface LogFileDependencies {
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/**
 * A file that lines are added to. When it is full it gets a name with the time and another one takes its place. A line
 * is there when `write` returns; one that cannot be written is lost, and the first of several such failures is logged.
 */
export class LogFile implements AuditSink {
  readonly #options: LogFileOptions;
  readonly #dependencies: LogFileDependencies;
  #open: { readonly descriptor: number; sizeBytes: number } | undefined;
  #isFailing = false;

  /** Throws the error of the file system when the file cannot be written to. */
  constructor(options: LogFileOptions, dependencies: LogFileDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
    this.#open = this.#openFile();
  }

  write(line: string): void {
    try {
      this.#append(Buffer.from(line));
      this.#isFailing = false;
    } catch (error) {
      const { path } = this.#options;
      if (!this.#isFailing) this.#dependencies.logger.error("Failed to write audit events", { path, error });
      this.#isFailing = true;
    }
  }

  [Symbol.dispose](): void {
    if (this.#open !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  #append(line: Buffer): void {
    const { maxSizeBytes } = this.#options;
    if (maxSizeBytes > 0 && line.length > maxSizeBytes)
      throw new RangeError(
        `Cannot write an event of ${String(line.length)} bytes: it exceeds the size of a file`,
      );
    this.#open ??= this.#openFile();
    const isFull = maxSizeBytes > 0 && this.#open.sizeBytes + line.length > maxSizeBytes;
    const file = isFull ? this.#rotate() : this.#open;
    try {
      let written = 0;
      while (written < line.length) written += writeSync(file.descriptor, line, written);
    } catch (error) {
      // Half a line would spoil the next one.
      ftruncateSync(file.descriptor, file.sizeBytes);
      throw error;
    }
    file.sizeBytes += line.length;
  }

  #rotate() {
    this[Symbol.dispose]();
    const { path } = this.#options;
    const now = this.#dependencies.clock.now();
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

/** Standard output, for the path `-`. */
export const standardOutput: AuditSink = {
  write: (line) => void process.stdout.write(line),
  [Symbol.dispose]: () => undefined,
};

import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "#base/clock.ts";
import type { LogOutput } from "./log-backend.ts";
import { LogBackups, type LogBackupsDependencies } from "./log-backups.ts";
import { backupName } from "./plan-rotation.ts";

export interface LogFileOptions {
  readonly path: string;
  /** A file does not grow larger; 0 for no limit. */
  readonly maxSizeBytes: number;
  /** Older files that are kept; 0 for all of them, as the next one. */
  readonly maxBackups: number;
  readonly maxAgeMs: number;
  /** Whether older files are compressed. */
  readonly compress: boolean;
}

export interface LogFileDependencies extends LogBackupsDependencies {
  readonly clock: Pick<Clock, "now">;
}

/**
 * A file that lines are added to. When it is full it gets a name with the time and another one takes its place. Of a
 * line that cannot be written nothing is left.
 */
export class LogFile implements LogOutput {
  readonly #options: LogFileOptions;
  readonly #clock: Pick<Clock, "now">;
  readonly #backups: LogBackups;
  #open: { readonly descriptor: number; sizeBytes: number } | undefined;

  /** Throws the error of the file system when the file cannot be written to. */
  constructor(options: LogFileOptions, { clock, onUncompressed }: LogFileDependencies) {
    this.#options = options;
    this.#clock = clock;
    this.#backups = new LogBackups(options, { onUncompressed });
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
    this.#close();
    this.#backups[Symbol.dispose]();
  }

  #close(): void {
    if (this.#open !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  #rotate() {
    this.#close();
    const { path } = this.#options;
    const now = this.#clock.now();
    renameSync(path, join(dirname(path), backupName(path, now)));
    this.#open = this.#openFile();
    this.#backups.tidy(now);
    return this.#open;
  }

  #openFile() {
    const descriptor = openSync(this.#options.path, "a", 0o600);
    return { descriptor, sizeBytes: fstatSync(descriptor).size };
  }
}

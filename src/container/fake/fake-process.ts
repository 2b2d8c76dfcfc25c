import { PassThrough, type Readable, type Writable } from "node:stream";
import type { Clock } from "#base/clock.ts";
import { abortable } from "#base/disposable.ts";

/** What a fake container or exec runs; returns its exit code. It ends early when `process.killed` aborts. */
export type FakeProgram = (process: FakeProcess) => number | Promise<number>;

export type OutputListener = (stream: "stdout" | "stderr", content: Uint8Array) => void;

/** The exit code of a process that SIGKILL ended. */
const KILLED = 137;

/** A process that runs a JavaScript function. */
export class FakeProcess {
  readonly clock: Clock;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The terminal's size after the last resize. */
  size: { readonly columns: number; readonly rows: number } | undefined;
  readonly #stdin = new PassThrough();
  readonly #kill = new AbortController();
  readonly #stop = Promise.withResolvers<void>();
  readonly #listeners = new Set<OutputListener>();

  constructor(clock: Clock, command: readonly string[], env: Readonly<Record<string, string>>) {
    this.clock = clock;
    this.command = command;
    this.env = env;
  }

  get stdin(): Readable {
    return this.#stdin;
  }

  get stdinWriter(): Writable {
    return this.#stdin;
  }

  /** Resolves when the process is asked to stop; a program that does not look at it ignores the stop signal. */
  get stopRequested(): Promise<void> {
    return this.#stop.promise;
  }

  get killed(): AbortSignal {
    return this.#kill.signal;
  }

  print(text: string): void {
    this.#write("stdout", text);
  }

  printError(text: string): void {
    this.#write("stderr", text);
  }

  onOutput(listener: OutputListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Runs the program to its end. */
  async run(program: FakeProgram): Promise<number> {
    try {
      return await abortable(Promise.resolve(program(this)), this.killed);
    } catch (error) {
      if (this.killed.aborted) return KILLED;
      throw error;
    } finally {
      this.#stdin.end();
    }
  }

  stop(): void {
    this.#stop.resolve();
  }

  kill(): void {
    this.#kill.abort();
  }

  #write(stream: "stdout" | "stderr", text: string): void {
    const content = new TextEncoder().encode(text);
    for (const listener of this.#listeners) listener(stream, content);
  }
}

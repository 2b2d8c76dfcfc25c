import { onAbort } from "#base/disposable.ts";
import type { LogLine, LogOptions } from "../runtime.ts";

const NEWLINE = 10;

/** What a container has printed, and those who follow it. */
export class FakeLog {
  readonly #lines: LogLine[] = [];
  #closed = false;
  #changed = Promise.withResolvers<void>();

  append(stream: LogLine["stream"], content: Uint8Array, nowMs: number): void {
    const timestamp = new Date(nowMs).toISOString().replace("Z", "000000Z");
    for (const line of linesOf(content)) this.#lines.push({ stream, timestamp, content: line });
    this.#notify();
  }

  /** Nothing more will be printed. */
  close(): void {
    this.#closed = true;
    this.#notify();
  }

  async *read({ follow, tailLines, since, signal }: LogOptions): AsyncGenerator<LogLine, void, void> {
    const start = tailLines === undefined ? 0 : Math.max(0, this.#lines.length - tailLines);
    for (let next = start; !signal.aborted; next += 1) {
      while (follow && next >= this.#lines.length && !this.#closed && !signal.aborted) {
        const aborted = Promise.withResolvers<void>();
        using _ = onAbort(signal, aborted.resolve);
        await Promise.race([this.#changed.promise, aborted.promise]);
      }
      const line = this.#lines[next];
      if (line === undefined) return;
      if (since === undefined || Date.parse(line.timestamp) >= since) yield line;
    }
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

function* linesOf(content: Uint8Array): Generator<Uint8Array, void, void> {
  for (let start = 0; start < content.length; ) {
    const newline = content.indexOf(NEWLINE, start);
    const end = newline < 0 ? content.length : newline + 1;
    yield content.slice(start, end);
    start = end;
  }
}

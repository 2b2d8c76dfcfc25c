import type { Readable } from "node:stream";

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A size is about 30 characters long. */
const MAX_PENDING = 1024;

/** Reads sizes, JSON objects one behind the other, until the stream ends or carries something else. */
export async function* terminalSizes(stream: Readable): AsyncGenerator<TerminalSize, void, void> {
  let pending = "";
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    pending += chunk.toString("latin1");
    const objects = pending.split(/(?<=\})/);
    pending = objects.at(-1)?.endsWith("}") === true ? "" : (objects.pop() ?? "");
    for (const object of objects) {
      const size = parseSize(object);
      if (size === undefined) return;
      yield size;
    }
    if (pending.length > MAX_PENDING) return;
  }
}

function parseSize(text: string): TerminalSize | undefined {
  try {
    const { Width = 0, Height = 0 } = JSON.parse(text) as {
      readonly Width?: unknown;
      readonly Height?: unknown;
    };
    return isSize(Width) && isSize(Height) ? { columns: Width, rows: Height } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isSize(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 16;
}

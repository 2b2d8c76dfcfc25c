import type { LogLine } from "../../runtime.ts";

/** What the engine's driver `json-file` writes for a line, or for 16 kB of a longer one. */
interface LogRecord {
  readonly log?: string;
  readonly stream?: string;
  readonly time?: string;
}

/** Undefined for what is no record: a line that was cut off when the host went down. */
export function parseRecord(record: Buffer): LogLine | undefined {
  try {
    const parsed: unknown = JSON.parse(record.toString());
    if (!isRecord(parsed)) return undefined;
    const { log = "", stream, time = "" } = parsed;
    return {
      stream: stream === "stderr" ? "stderr" : "stdout",
      timestamp: withNanoseconds(time),
      content: Buffer.from(log),
    };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What is written over when the host goes down may be JSON all the same. */
function isRecord(value: unknown): value is LogRecord {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { log = "", time = "" } = value as Readonly<Record<string, unknown>>;
  return typeof log === "string" && typeof time === "string";
}

/** Go leaves out zeros at the end of a fraction. */
function withNanoseconds(time: string): string {
  const [, seconds = "", fraction = "", zone = ""] = /^([^.]*?)(?:\.(\d+))?(Z|[+-][\d:]+)$/.exec(time) ?? [];
  return `${seconds}.${fraction.padEnd(9, "0")}${zone}`;
}

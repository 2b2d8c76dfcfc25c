import type { Clock } from "#base/clock.ts";
import type { LogFields, Logger } from "./logger.ts";

export type LogLevel = "error" | "warn" | "info" | "debug";

export interface LoggerOptions {
  readonly format: "text" | "json";
  /** The least urgent level that is written. */
  readonly level: LogLevel;
}

interface LoggerDependencies {
  readonly clock: Pick<Clock, "now">;
  /** Takes one line with its newline. */
  readonly write: (line: string) => void;
}

const URGENCY: Readonly<Record<LogLevel, number>> = { error: 3, warn: 2, info: 1, debug: 0 };

/** In the conventions of Kubernetes, `-v 4` and above is debugging. */
const DEBUG_VERBOSITY = 4;

/** The level behind a `-v` flag. */
export function levelOfVerbosity(verbosity: number): LogLevel {
  return verbosity >= DEBUG_VERBOSITY ? "debug" : "info";
}

/** Writes one line per entry: `key=value` pairs, or one JSON object. */
export function createLogger(options: LoggerOptions, dependencies: LoggerDependencies): Logger {
  return new LineLogger(options, dependencies, {});
}

class LineLogger implements Logger {
  readonly #options: LoggerOptions;
  readonly #dependencies: LoggerDependencies;
  readonly #bound: LogFields;

  constructor(options: LoggerOptions, dependencies: LoggerDependencies, bound: LogFields) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#bound = bound;
  }

  error(message: string, fields?: LogFields): void {
    this.#log("error", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log("warn", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log("info", message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.#log("debug", message, fields);
  }

  with(fields: LogFields): Logger {
    return new LineLogger(this.#options, this.#dependencies, { ...this.#bound, ...fields });
  }

  #log(level: LogLevel, message: string, fields?: LogFields): void {
    if (URGENCY[level] < URGENCY[this.#options.level]) return;
    const { clock, write } = this.#dependencies;
    const time = new Date(clock.now()).toISOString();
    const values = Object.entries({ ...this.#bound, ...fields }).map(
      ([key, value]) => [key, formatValue(value)] as const,
    );
    const entries = [["time", time], ["level", level], ["msg", message], ...values] as const;
    write(this.#options.format === "json" ? jsonLine(entries) : textLine(entries));
  }
}

type Entries = readonly (readonly [key: string, value: string | number | boolean])[];

function jsonLine(entries: Entries): string {
  return `${JSON.stringify(Object.fromEntries(entries))}\n`;
}

function textLine(entries: Entries): string {
  return `${entries.map(([key, value]) => `${key}=${quoteIfNeeded(String(value))}`).join(" ")}\n`;
}

/** A value with blanks, quotes or control characters is quoted, so that a line stays one line. */
function quoteIfNeeded(value: string): string {
  return /^[^\s"=\p{Cc}]+$/u.test(value) ? value : JSON.stringify(value);
}

function formatValue(value: unknown): string | number | boolean {
  if (typeof value === "number" || typeof value === "boolean") return value;
  return value instanceof Error ? formatError(value) : String(value);
}

/** The error's message followed by those of its causes, where they say more. */
function formatError(error: Error): string {
  const { cause } = error;
  const reason = cause instanceof Error ? formatError(cause) : "";
  return reason === "" || error.message.includes(reason) ? error.message : `${error.message}: ${reason}`;
}

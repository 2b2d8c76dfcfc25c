import type { AuditEvent } from "../audit-event.ts";
import type { AuditBackend } from "./audit-backend.ts";
import type { AuditMetrics } from "./audit-metrics.ts";

/** What lines are written to. */
export interface LogOutput extends Disposable {
  /** The line, which ends in a newline, is there when this returns. Throws what kept it from being written. */
  write(line: string): void;
}

export interface LogBackendDependencies {
  readonly output: LogOutput;
  /** An event as a line. */
  readonly format: (event: AuditEvent) => string;
  readonly metrics: Pick<AuditMetrics, "lost">;
}

/** Writes a line for each event (apiserver `plugin/pkg/audit/log`). */
export class LogBackend implements AuditBackend {
  readonly #dependencies: LogBackendDependencies;

  constructor(dependencies: LogBackendDependencies) {
    this.#dependencies = dependencies;
  }

  process(events: readonly AuditEvent[]): boolean {
    // Each of them is tried.
    return events.filter((event) => !this.#write(event)).length === 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#dependencies.output[Symbol.dispose]();
  }

  #write(event: AuditEvent): boolean {
    const { output, format, metrics } = this.#dependencies;
    try {
      output.write(format(event));
      return true;
    } catch (error) {
      metrics.lost("log", error, 1);
      return false;
    }
  }
}

/** Standard output, for the path `-`. */
export const standardOutput: LogOutput = {
  write: (line) => void process.stdout.write(line),
  [Symbol.dispose]: () => undefined,
};

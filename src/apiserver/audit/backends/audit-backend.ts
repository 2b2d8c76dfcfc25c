import type { AuditEvent } from "../audit-event.ts";

/** Whether all events of a call could be recorded: known at once, or later. */
export type Recorded = boolean | Promise<boolean>;

/** Where audit events go (apiserver `pkg/audit/types.go`). Disposal waits for what is still on its way. */
export interface AuditBackend extends AsyncDisposable {
  /** Takes events, which do not change any more. Never throws or rejects: who loses events reports them itself. */
  process(events: readonly AuditEvent[]): Recorded;
}

/** The events go to each of the backends. */
export function unionBackend(backends: readonly AuditBackend[]): AuditBackend {
  return {
    process: (events) => allRecorded(backends.map((backend) => backend.process(events))),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(backends.map((backend) => backend[Symbol.asyncDispose]()));
    },
  };
}

/** Requests wait for the backend, and go on when it loses events. */
export function lenientBackend(backend: AuditBackend): AuditBackend {
  return {
    process: (events) => {
      const recorded = backend.process(events);
      return typeof recorded === "boolean" ? true : recorded.then(() => true);
    },
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}

export function allRecorded(results: readonly Recorded[]): Recorded {
  if (results.every((each) => typeof each === "boolean")) return results.every(Boolean);
  return Promise.all(results.map((each) => Promise.resolve(each))).then((all) => all.every(Boolean));
}

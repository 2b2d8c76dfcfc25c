import type { Clock } from "#base/clock.ts";
import type { AuditBackend } from "./backends/audit-backend.ts";
import type { Flush } from "./backends/flush.ts";
import { type AuditedRequest, RequestAudit, type RequestAuditDependencies } from "./request-audit.ts";

export interface AuditorDependencies extends RequestAuditDependencies {
  readonly backend: AuditBackend;
  readonly flush: Flush;
  readonly clock: Clock;
}

/** Records requests by a policy. Disposing sends what waits to be sent, for a while, and closes the log. */
export class Auditor implements AsyncDisposable {
  readonly #dependencies: AuditorDependencies;

  constructor(dependencies: AuditorDependencies) {
    this.#dependencies = dependencies;
  }

  follow(request: AuditedRequest): RequestAudit {
    return new RequestAudit(request, this.#dependencies);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { backend, flush, clock } = this.#dependencies;
    using _ = flush.begin(clock);
    await backend[Symbol.asyncDispose]();
  }
}

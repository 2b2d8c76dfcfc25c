import { type AuditedRequest, RequestAudit, type RequestAuditDependencies } from "./request-audit.ts";

/** Records requests by a policy. Disposing closes where it writes to. */
export class Auditor implements Disposable {
  readonly #dependencies: RequestAuditDependencies;

  constructor(dependencies: RequestAuditDependencies) {
    this.#dependencies = dependencies;
  }

  follow(request: AuditedRequest): RequestAudit {
    return new RequestAudit(request, this.#dependencies);
  }

  [Symbol.dispose](): void {
    this.#dependencies.sink[Symbol.dispose]();
  }
}

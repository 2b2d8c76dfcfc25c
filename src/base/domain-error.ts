/** What every domain error carries: a stable code, and the facts that belong to that code. */
export interface ErrorDetail {
  readonly code: string;
}

/**
 * An error of one domain. `T` is that domain's union of codes, each with its own facts, so that a handler
 * that switches over `detail.code` is checked for completeness.
 */
export abstract class DomainError<T extends ErrorDetail> extends Error {
  readonly detail: T;

  constructor(detail: T, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.detail = detail;
  }
}

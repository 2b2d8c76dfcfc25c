export interface StartErrorOptions extends ErrorOptions {
  /** When it makes sense to try again: milliseconds since the epoch. By default after the worker's own delay. */
  readonly retryAt?: number;
}

/** A container or sandbox could not be started, for a reason that the status of the pod names: `ErrImagePull`. */
export class StartError extends Error {
  readonly reason: string;
  readonly retryAt: number | undefined;

  constructor(reason: string, message: string, { retryAt, ...options }: StartErrorOptions = {}) {
    super(message, options);
    this.name = "StartError";
    this.reason = reason;
    this.retryAt = retryAt;
  }
}

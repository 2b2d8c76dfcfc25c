/** Facts of one log line. Values are printed with `String`, errors with their message and causes. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Structured logging: a constant message in the past tense plus fields. `error` means somebody must act,
 * `warn` retried and degraded, `info` a state change an operator wants, `debug` the rest.
 */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line; the composition root binds `component` this way. */
  with(fields: LogFields): Logger;
}

const nothing = (): void => undefined;

/** Drops everything; the default of code that is used without a composition root. */
export const silentLogger: Logger = {
  error: nothing,
  warn: nothing,
  info: nothing,
  debug: nothing,
  with: () => silentLogger,
};

import type { Listeners } from "./listeners.ts";

/** A value that may become another while it is in use. */
export interface Changing<T> {
  current(): T;
  /** Hears of each change, when `current` has it already; and maybe of what is none. */
  readonly onChange: Pick<Listeners, "add">;
}

/** One that never does. */
export function unchanging<T>(value: T): Changing<T> {
  return { current: () => value, onChange: { add: () => ({ [Symbol.dispose]: () => undefined }) } };
}

/** Turns values into the form in which the disk keeps them, and back. */
export interface ValueTransformer {
  /** How the keys begin whose values may be kept otherwise than they are; where there are none, nothing is asked. */
  readonly prefixes: readonly string[];
  toStorage(key: string, value: Uint8Array): Uint8Array;
  /** Throws a StoreError with code `undecipherable` for what it cannot turn back. */
  fromStorage(key: string, stored: Uint8Array): PlainValue;
}

export interface PlainValue {
  readonly value: Uint8Array;
  /** `toStorage` would keep the value in another form than it was found in, for example under a newer key. */
  readonly isStale: boolean;
}

/** Keeps every value as it is. */
export const PLAIN_VALUES: ValueTransformer = {
  prefixes: [],
  toStorage: (_key, value) => value,
  fromStorage: (_key, value) => ({ value, isStale: false }),
};

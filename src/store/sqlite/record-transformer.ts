import type { LogRecord } from "../revision-log.ts";
import type { ValueTransformer } from "../value-transformer.ts";

/** A transformer of values, applied to the records that it is for. */
export class RecordTransformer {
  readonly #transformer: ValueTransformer;

  constructor(transformer: ValueTransformer) {
    this.#transformer = transformer;
  }

  get prefixes(): readonly string[] {
    return this.#transformer.prefixes;
  }

  toStorage(records: readonly LogRecord[]): readonly LogRecord[] {
    return this.#map(records, (key, value) => this.#transformer.toStorage(key, value));
  }

  fromStorage(records: readonly LogRecord[]): readonly LogRecord[] {
    return this.#map(records, (key, value) => this.#transformer.fromStorage(key, value).value);
  }

  /** Those records whose values are to be kept in another form, in that form. */
  renew(stored: readonly LogRecord[]): readonly LogRecord[] {
    const renewed: LogRecord[] = [];
    for (const record of stored) {
      if (record.value === undefined) continue;
      const { value, isStale } = this.#transformer.fromStorage(record.key, record.value);
      if (isStale) renewed.push({ ...record, value: this.#transformer.toStorage(record.key, value) });
    }
    return renewed;
  }

  #map(
    records: readonly LogRecord[],
    transform: (key: string, value: Uint8Array) => Uint8Array,
  ): readonly LogRecord[] {
    if (this.prefixes.length === 0) return records;
    return records.map((record) => {
      const { key, value } = record;
      return value === undefined ? record : { ...record, value: transform(key, value) };
    });
  }
}

import type { WireField, WireMessage } from "#api/schemas.ts";
import { scalarWriters, type WriteValue } from "./scalar-writers.ts";

const DELIMITED = 2;
const NO_NAME = Buffer.alloc(0);

/** What has to be known of a field to write it. */
export interface FieldPlan {
  readonly name: Buffer;
  readonly tag: number;
  /** Tag of a value inside the entry of a map. */
  readonly valueTag: number;
  readonly shape: "single" | "list" | "map" | "inline";
  /** Left out when it is absent; others are written with their zero value. */
  readonly isOptional: boolean;
  /** Whether the length of a value goes in front of it. */
  readonly isDelimited: boolean;
  readonly write: WriteValue;
}

/** Makes the writer of a message of another type. */
export type MessageWriters = (type: string) => WriteValue;

/** How a message is written: its fields in the order of their numbers, and a table to find them by name. */
export class MessagePlan {
  readonly fields: readonly FieldPlan[];
  /** Indexes of fields by the hash of their names, as open addressing leaves them; -1 where there is none. */
  readonly #table: Int32Array;

  constructor({ fields }: WireMessage, writers: MessageWriters) {
    this.fields = [...fields.values()]
      .toSorted((a, b) => a.number - b.number)
      .map((field) => planField(field, writers));
    this.#table = hashTable(this.fields);
  }

  /** The index of the field whose name stands in a text; -1 for a name that no field has. */
  indexOf(text: Uint8Array, start: number, end: number): number {
    const mask = this.#table.length - 1;
    for (let slot = hash(text, start, end) & mask; ; slot = (slot + 1) & mask) {
      const index = this.#table[slot] ?? -1;
      if (index < 0 || isSame(this.fields[index]?.name ?? NO_NAME, text, start, end)) return index;
    }
  }
}

function planField(field: WireField, writers: MessageWriters): FieldPlan {
  const { name, number, type } = field;
  const scalar = scalarWriters.get(type);
  const wireType = scalar?.wireType ?? DELIMITED;
  return {
    name: Buffer.from(name),
    tag: number * 8 + (field.map ? DELIMITED : wireType),
    valueTag: 2 * 8 + wireType,
    shape: shapeOf(field, scalar !== undefined),
    isOptional: field.pointer || field.repeated || field.map || type === "bytes",
    isDelimited: wireType === DELIMITED,
    write: scalar?.write ?? writers(type),
  };
}

function shapeOf({ map, repeated, inline }: WireField, isScalar: boolean): FieldPlan["shape"] {
  if (map) return "map";
  if (repeated) return "list";
  return inline && !isScalar ? "inline" : "single";
}

/** At least half of it is empty, so that a search ends soon. */
function hashTable(fields: readonly FieldPlan[]): Int32Array {
  const size = 2 ** Math.ceil(Math.log2(fields.length * 2 + 2));
  const table = new Int32Array(size).fill(-1);
  for (const [index, { name }] of fields.entries()) {
    let slot = hash(name, 0, name.length) & (size - 1);
    while (table[slot] !== -1) slot = (slot + 1) & (size - 1);
    table[slot] = index;
  }
  return table;
}

/** Of a name's length and three of its letters. */
function hash(text: Uint8Array, start: number, end: number): number {
  const first = text[start] ?? 0;
  const middle = text[(start + end) >> 1] ?? 0;
  const last = text[end - 1] ?? 0;
  return (end - start) * 7 + first * 31 + middle * 17 + last * 131;
}

function isSame(name: Uint8Array, text: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let index = 0; index < name.length; index += 1) {
    if (name[index] !== text[start + index]) return false;
  }
  return true;
}

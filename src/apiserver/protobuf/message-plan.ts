import type { WireField, WireMessage } from "#api/schemas.ts";
import { NameTable } from "../formats/name-table.ts";
import { scalarWriters, type WriteValue } from "./scalar-writers.ts";

const DELIMITED = 2;

/** What has to be known of a field to write it. */
export interface FieldPlan {
  readonly name: string;
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

/** How a message is written: its fields in the order of their numbers, which can be found by their names. */
export class MessagePlan {
  readonly fields: readonly FieldPlan[];
  readonly #names: NameTable;

  constructor({ fields }: WireMessage, writers: MessageWriters) {
    this.fields = [...fields.values()]
      .toSorted((a, b) => a.number - b.number)
      .map((field) => planField(field, writers));
    this.#names = new NameTable(this.fields.map(({ name }) => name));
  }

  /** The index of the field whose name stands in a text; -1 for a name that no field has. */
  indexOf(text: Uint8Array, start: number, end: number): number {
    return this.#names.indexOf(text, start, end);
  }
}

function planField(field: WireField, writers: MessageWriters): FieldPlan {
  const { name, number, type } = field;
  const scalar = scalarWriters.get(type);
  const wireType = scalar?.wireType ?? DELIMITED;
  return {
    name,
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

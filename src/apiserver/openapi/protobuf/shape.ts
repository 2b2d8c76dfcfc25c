/** How the JSON of OpenAPI documents is written as the messages of gnostic, whose `.proto` files are data here. */
import { ReverseWriter } from "../../protobuf/reverse-writer.ts";

/** Writes a value as a field of a message. What comes behind it has been written already. */
export type Shape = (out: ReverseWriter, field: number, value: unknown) => void;

/** The fields of a message by their keys in JSON. */
export interface Fields {
  readonly fields: Readonly<Record<string, readonly [number: number, shape: Shape]>>;
  /** The field of keys that begin with `x-`. */
  readonly extension?: number;
}

const VARINT = 0;
const DOUBLE = 1;
const BYTES = 2;

export const text: Shape = (out, field, value) => {
  delimited(out, field, () => out.text(String(value)));
};

export const boolean: Shape = (out, field, value) => {
  out.byte(value === true ? 1 : 0);
  out.unsigned(field * 8 + VARINT);
};

/** Left out when it is false. */
export const flag: Shape = (out, field, value) => {
  if (value === true) boolean(out, field, value);
};

export const integer: Shape = (out, field, value) => {
  out.signed(BigInt(Math.trunc(Number(value))));
  out.unsigned(field * 8 + VARINT);
};

export const double: Shape = (out, field, value) => {
  out.double(Number(value));
  out.unsigned(field * 8 + DOUBLE);
};

/** Any value, as YAML, which JSON is. */
export const anything: Shape = (out, field, value) => {
  delimited(out, field, () => text(out, 2, `${JSON.stringify(value)}\n`));
};

/** One value is a list, too. */
export function list(shape: Shape): Shape {
  return (out, field, value) => {
    for (const each of [value].flat().toReversed()) shape(out, field, each);
  };
}

/** A message of which only one field is written. */
export function wrapped(shape: Shape, inner = 1): Shape {
  return (out, field, value) => {
    delimited(out, field, () => shape(out, inner, value));
  };
}

/** The entries of an object, as messages of name and value. */
export function entries(shape: Shape): Shape {
  return (out, field, value) => {
    for (const [name, each] of Object.entries(value as object).toReversed()) {
      delimited(out, field, () => {
        shape(out, 2, each);
        text(out, 1, name);
      });
    }
  };
}

/** A message that is one of several things. */
export function choice(
  choose: (value: unknown) => readonly [number: number, shape: Shape] | undefined,
): Shape {
  return (out, field, value) => {
    delimited(out, field, () => {
      const chosen = choose(value);
      if (chosen !== undefined) chosen[1](out, chosen[0], value);
    });
  };
}

/** `fieldsOf` is called for every value, so that messages can be inside themselves. */
export function message(fieldsOf: () => Fields): Shape {
  return (out, field, value) => {
    delimited(out, field, () => writeFields(out, fieldsOf(), value));
  };
}

/** The bytes of a message that is in no other. */
export function encodeMessage(fields: Fields, value: object): Buffer {
  const out = new ReverseWriter();
  writeFields(out, fields, value);
  return out.written;
}

/** What the fields do not name is left out: servers may say more than clients look for. */
function writeFields(out: ReverseWriter, { fields, extension }: Fields, value: unknown): void {
  for (const [key, each] of Object.entries(value as object).toReversed()) {
    const known = fields[key];
    if (known !== undefined) known[1](out, known[0], each);
    else if (extension !== undefined && key.startsWith("x-")) {
      entries(anything)(out, extension, { [key]: each });
    }
  }
}

function delimited(out: ReverseWriter, field: number, write: () => void): void {
  const before = out.length;
  write();
  out.unsigned(out.length - before);
  out.unsigned(field * 8 + BYTES);
}

export function isReference(value: unknown): boolean {
  return typeof value === "object" && value !== null && "$ref" in value;
}

import type { ByteString } from "../../nft/ruleset.ts";
import type { Attributes } from "../attributes.ts";
import type { MessageWriter } from "../message-writer.ts";
import { DATA_VALUE } from "./protocol.ts";

/** How one property of an expression travels in netlink attributes. */
export interface Field<T> {
  /** The attributes that the field reads; others make the expression one that we do not know. */
  readonly attributes: readonly number[];
  write(writer: MessageWriter, value: T): void;
  /** `NO_MATCH` when the attributes say something that the field cannot hold. */
  read(attributes: Attributes): T | typeof NO_MATCH;
}

export const NO_MATCH = Symbol("no match");

/** A whole register of 16 bytes is 1 to 4, a register of 4 bytes is 8 to 23 (enum nft_registers). */
const FIRST_SHORT_REGISTER = 8;
const LONG_REGISTERS = 4;

export function register(attribute: number): Field<number> {
  return {
    attributes: [attribute],
    write: (writer, value) => writer.be32(attribute, FIRST_SHORT_REGISTER + value),
    read: (attributes) => {
      const number = attributes.be32(attribute);
      if (number === undefined || number === 0) return NO_MATCH;
      return number <= LONG_REGISTERS ? (number - 1) * 4 : number - FIRST_SHORT_REGISTER;
    },
  };
}

/** The first and the last register of a range that we only use with one value. */
export function sameRegisters(first: number, last: number): Field<number> {
  const low = register(first);
  const high = register(last);
  return {
    attributes: [first, last],
    write: (writer, value) => {
      low.write(writer, value);
      high.write(writer, value);
    },
    read: (attributes) => {
      const value = low.read(attributes);
      return attributes.has(last) && high.read(attributes) !== value ? NO_MATCH : value;
    },
  };
}

export function u32(attribute: number): Field<number> {
  return {
    attributes: [attribute],
    write: (writer, value) => writer.be32(attribute, value),
    read: (attributes) => attributes.be32(attribute) ?? NO_MATCH,
  };
}

export function u8(attribute: number): Field<number> {
  return {
    attributes: [attribute],
    write: (writer, value) => writer.u8(attribute, value),
    read: (attributes) => attributes.u8(attribute) ?? NO_MATCH,
  };
}

export function milliseconds(attribute: number): Field<number> {
  return {
    attributes: [attribute],
    write: (writer, value) => writer.be64(attribute, BigInt(value)),
    read: (attributes) => {
      const value = attributes.be64(attribute);
      return value === undefined ? NO_MATCH : Number(value);
    },
  };
}

export function text(attribute: number): Field<string> {
  return {
    attributes: [attribute],
    write: (writer, value) => writer.string(attribute, value),
    read: (attributes) => attributes.string(attribute) ?? NO_MATCH,
  };
}

/** A value that a register is compared with or filled from. */
export function value(attribute: number): Field<ByteString> {
  return {
    attributes: [attribute],
    write: (writer, bytes) => {
      const position = writer.begin(attribute);
      writer.byteString(DATA_VALUE, bytes).end(position);
    },
    read: (attributes) => attributes.nested(attribute)?.byteString(DATA_VALUE) ?? NO_MATCH,
  };
}

/** A name for each number. */
export function choice<T extends string>(attribute: number, numbers: Readonly<Record<T, number>>): Field<T> {
  const names = new Map(Object.entries<number>(numbers).map(([name, number]) => [number, name as T]));
  return {
    attributes: [attribute],
    write: (writer, name) => writer.be32(attribute, numbers[name]),
    read: (attributes) => names.get(attributes.be32(attribute) ?? -1) ?? NO_MATCH,
  };
}

/** Like `choice` for attributes of one byte. */
export function choice8<T extends string>(attribute: number, numbers: Readonly<Record<T, number>>): Field<T> {
  const names = new Map(Object.entries<number>(numbers).map(([name, number]) => [number, name as T]));
  return {
    attributes: [attribute],
    write: (writer, name) => writer.u8(attribute, numbers[name]),
    read: (attributes) => names.get(attributes.u8(attribute) ?? -1) ?? NO_MATCH,
  };
}

/** Names of bits; bits of `ignored` are set by the kernel for itself. */
export function bits<T extends string>(
  attribute: number,
  numbers: Readonly<Record<T, number>>,
  ignored = 0,
): Field<readonly T[]> {
  const entries = Object.entries(numbers) as [T, number][];
  return {
    attributes: [attribute],
    write: (writer, names) =>
      writer.be32(
        attribute,
        names.reduce((sum, name) => sum | numbers[name], 0),
      ),
    read: (attributes) => {
      const sum = (attributes.be32(attribute) ?? 0) & ~ignored;
      const names = entries.filter(([, bit]) => (sum & bit) !== 0);
      return names.reduce((rest, [, bit]) => rest & ~bit, sum) === 0 ? names.map(([name]) => name) : NO_MATCH;
    },
  };
}

/** A bit that is set or not. */
export function flag(attribute: number): Field<true | undefined> {
  return {
    attributes: [attribute],
    write: (writer, set) => writer.be32(attribute, set === true ? 1 : 0),
    read: (attributes) => {
      const number = attributes.be32(attribute) ?? 0;
      return number === 0 ? undefined : number === 1 ? true : NO_MATCH;
    },
  };
}

/** A number that is always the same; it tells expressions apart that share a name. */
export function constant(attribute: number, number: number): Field<undefined> {
  return {
    attributes: [attribute],
    write: (writer) => writer.be32(attribute, number),
    read: (attributes) => (attributes.be32(attribute) === number ? undefined : NO_MATCH),
  };
}

/** Attributes that the kernel adds and that mean nothing to us. */
export function ignored(...attributes: readonly number[]): Field<undefined> {
  return { attributes, write: () => undefined, read: () => undefined };
}

/** Absent properties are not written; an absent attribute, or one with the value `absent`, is an absent property. */
export function optional<T>(field: Field<T>, absent?: T): Field<T | undefined> {
  return {
    attributes: field.attributes,
    write: (writer, property) => {
      if (property !== undefined) field.write(writer, property);
    },
    read: (attributes) => {
      if (!field.attributes.some((attribute) => attributes.has(attribute))) return undefined;
      const property = field.read(attributes);
      return Bun.deepEquals(property, absent) ? undefined : property;
    },
  };
}

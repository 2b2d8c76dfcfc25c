import { ReverseWriter } from "./reverse-writer.ts";

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;

type FieldValue = string | number | Uint8Array | WireWriter;

/** Writes those fields of one protobuf message that OpenAPI documents are made of. */
export class WireWriter {
  readonly #fields: (readonly [tag: number, value: FieldValue])[] = [];

  text(field: number, value: string): this {
    return this.#add(field, DELIMITED, value);
  }

  /** A boolean that is true; false is written by leaving it out. */
  flag(field: number): this {
    return this.integer(field, 1);
  }

  /** A whole number that is not negative. */
  integer(field: number, value: number): this {
    return this.#add(field, VARINT, value);
  }

  double(field: number, value: number): this {
    return this.#add(field, FIXED64, value);
  }

  message(field: number, message: WireWriter): this {
    return this.#add(field, DELIMITED, message);
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#add(field, DELIMITED, value);
  }

  finish(): Buffer {
    const writer = new ReverseWriter();
    this.#writeTo(writer);
    return Buffer.from(writer.written);
  }

  #add(field: number, wireType: number, value: FieldValue): this {
    this.#fields.push([field * 8 + wireType, value]);
    return this;
  }

  #writeTo(writer: ReverseWriter): void {
    for (let index = this.#fields.length - 1; index >= 0; index -= 1) {
      const [tag = 0, value = 0] = this.#fields[index] ?? [];
      const before = writer.length;
      if (typeof value === "string") writer.text(value);
      else if (value instanceof WireWriter) value.#writeTo(writer);
      else if (typeof value !== "number") writer.bytes(value);
      else if (tag % 8 === FIXED64) writer.double(value);
      else writer.unsigned(value);
      if (tag % 8 === DELIMITED) writer.unsigned(writer.length - before);
      writer.unsigned(tag);
    }
  }
}

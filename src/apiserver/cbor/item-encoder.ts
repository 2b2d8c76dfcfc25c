import type { BuiltInSchemas, WireField } from "#api/schemas.ts";
import { exactNumber, isWhole } from "#apimachinery/exact-json.ts";
import { NameTable } from "../formats/name-table.ts";
import { ESCAPED_TEXT, type JsonTape, LIST, NULL, OBJECT, TEXT } from "../storage/json-tape.ts";
import { MAJOR } from "./cbor-head.ts";
import type { CborWriter } from "./cbor-writer.ts";

/** Bytes that become base64 where they become text. */
const EXPECTED_BASE64_TAG = 22;

const LETTER_T = 0x74;
const LETTER_F = 0x66;

const MAX_INT64 = 2 ** 63;

/** What is known of a value: its type, or that of the values in it when it is a map. */
type Shape = Pick<WireField, "type" | "map">;

/** The fields of an object, and how to find them by their names in a text. */
interface Fields {
  readonly names: NameTable;
  readonly shapes: readonly Shape[];
}

/**
 * Writes JSON as CBOR. The types of built-in kinds say which texts are bytes and which numbers are floating-point
 * numbers; what has no type is written as it looks.
 */
export class ItemEncoder {
  readonly #schemas: BuiltInSchemas;
  readonly #tape: JsonTape;
  readonly #out: CborWriter;
  readonly #fields = new Map<string, Fields>();

  /** What is on the tape is written to `out`. */
  constructor(schemas: BuiltInSchemas, tape: JsonTape, out: CborWriter) {
    this.#schemas = schemas;
    this.#tape = tape;
    this.#out = out;
  }

  /** Writes the value at a place; `type` is the name of a type, for objects of built-in kinds. */
  write(place: number, type: string | undefined): void {
    this.#write(place, type === undefined ? undefined : { type, map: false });
  }

  #write(place: number, shape: Shape | undefined): void {
    switch (this.#tape.kind(place)) {
      case TEXT:
      case ESCAPED_TEXT:
        this.#writeText(place, shape);
        break;
      case NULL:
        this.#out.null();
        break;
      case LIST:
        this.#writeList(place, shape);
        break;
      case OBJECT:
        this.#writeObject(place, shape);
        break;
      default:
        this.#writeLiteral(place, shape);
    }
  }

  #writeText(place: number, shape: Shape | undefined): void {
    const tape = this.#tape;
    if (shape?.type === "bytes") {
      this.#out.head(MAJOR.tag, EXPECTED_BASE64_TAG);
      this.#out.string(Buffer.from(tape.textOf(place), "base64"));
    } else if (tape.kind(place) === TEXT) {
      this.#out.string(tape.text, tape.start(place), tape.end(place));
    } else {
      this.#out.string(Buffer.from(tape.textOf(place)));
    }
  }

  #writeLiteral(place: number, shape: Shape | undefined): void {
    const { text } = this.#tape;
    const first = text[this.#tape.start(place)];
    if (first === LETTER_T || first === LETTER_F) {
      this.#out.boolean(first === LETTER_T);
      return;
    }
    const source = this.#tape.textOf(place);
    const value = exactNumber(Number(source), source);
    const isInteger = shape?.type !== "double" && isWhole(value) && -MAX_INT64 <= value && value < MAX_INT64;
    if (isInteger) this.#out.integer(value);
    else this.#out.float(Number(value));
  }

  #writeList(place: number, shape: Shape | undefined): void {
    const tape = this.#tape;
    const end = tape.next(place);
    let count = 0;
    for (let item = tape.first(place); item < end; item = tape.next(item)) count += 1;
    this.#out.head(MAJOR.array, count);
    for (let item = tape.first(place); item < end; item = tape.next(item)) this.#write(item, shape);
  }

  #writeObject(place: number, shape: Shape | undefined): void {
    const tape = this.#tape;
    const end = tape.next(place);
    let count = 0;
    for (let key = tape.first(place); key < end; key = tape.next(tape.next(key))) count += 1;
    this.#out.head(MAJOR.map, count);
    const fields = shape === undefined || shape.map ? undefined : this.#fieldsOf(shape.type);
    const ofValues = shape?.map === true ? { type: shape.type, map: false } : undefined;
    for (let key = tape.first(place); key < end; key = tape.next(tape.next(key))) {
      this.#writeText(key, undefined);
      this.#write(tape.next(key), fields === undefined ? ofValues : this.#shapeOf(fields, key));
    }
  }

  #shapeOf({ names, shapes }: Fields, key: number): Shape | undefined {
    const tape = this.#tape;
    return shapes[names.indexOf(tape.text, tape.start(key), tape.end(key))];
  }

  #fieldsOf(type: string): Fields {
    const known = this.#fields.get(type);
    if (known !== undefined) return known;
    const fields = this.#jsonFields(type);
    const made = { names: new NameTable([...fields.keys()]), shapes: [...fields.values()] };
    this.#fields.set(type, made);
    return made;
  }

  /** The fields of a type as they are in JSON, where those of inlined types stand among them; none for a scalar. */
  #jsonFields(type: string): ReadonlyMap<string, Shape> {
    const fields = new Map<string, Shape>();
    if (!type.includes(".")) return fields;
    const message = this.#schemas.wireMessage(type);
    const isAnything = message.form !== undefined && !message.form.startsWith("schema-or-");
    if (isAnything) return fields;
    for (const field of message.fields.values()) {
      // Inlined types, and the one in a type that may be something else instead, are in its place.
      const isInPlace = field.inline || (message.form !== undefined && field.name === "schema");
      if (isInPlace) for (const [name, inner] of this.#jsonFields(field.type)) fields.set(name, inner);
      else fields.set(field.name, field);
    }
    return fields;
  }
}

import type { BuiltInSchemas } from "#api/schemas.ts";
import { type JsonTape, LIST, NOTHING, NULL, OBJECT } from "../storage/json-tape.ts";
import { sortedKeys } from "./map-keys.ts";
import { type FieldPlan, MessagePlan } from "./message-plan.ts";
import type { ReverseWriter } from "./reverse-writer.ts";
import { type WriteValue, writeText } from "./scalar-writers.ts";

const KEY_TAG = 0x0a;

const INITIAL_SLOTS = 1024;

/** Fields of types whose JSON is not an object with their fields, by the forms of the schema facts. */
const LIST_FIELDS: Readonly<Record<string, string>> = {
  list: "items",
  "schema-or-array": "jSONSchemas",
  "schema-or-string-array": "property",
};
const OBJECT_FIELD = "schema";
const LITERAL_FIELDS: Readonly<Record<string, string>> = { "schema-or-bool": "allows" };

/** Field 1, true. */
const ALLOWED = Uint8Array.of(0x08, 1);

/**
 * Writes JSON as the protobuf messages of the API's types, byte for byte as the generated code of Kubernetes does. What
 * is to be known of a type is put together when it is first written.
 */
export class MessageEncoder {
  readonly #schemas: BuiltInSchemas;
  readonly #tape: JsonTape;
  readonly #out: ReverseWriter;
  readonly #writers = new Map<string, WriteValue>();
  /** Where the values of fields are, of the messages that are being written inside each other. */
  #slots = new Int32Array(INITIAL_SLOTS);
  #usedSlots = 0;

  /** What is on the tape is written to `out`. */
  constructor(schemas: BuiltInSchemas, tape: JsonTape, out: ReverseWriter) {
    this.#schemas = schemas;
    this.#tape = tape;
    this.#out = out;
  }

  /** Writes a value as the message of a type. Fields that the type does not have are left out. */
  write(type: string, place: number): void {
    this.#usedSlots = 0;
    this.#writerOf(type)(this.#out, this.#tape, place);
  }

  #writerOf(type: string): WriteValue {
    const known = this.#writers.get(type);
    if (known !== undefined) return known;
    const message = this.#schemas.wireMessage(type);
    let plan: MessagePlan | undefined;
    const writer: WriteValue = (_out, _tape, place) => {
      // Types refer to each other, and to themselves.
      plan ??= new MessagePlan(message, (other) => this.#writerOf(other));
      if (message.form === undefined) this.#writeMessage(plan, place);
      else this.#writeAlternative(plan, message.form, place);
    };
    this.#writers.set(type, writer);
    return writer;
  }

  #writeMessage(plan: MessagePlan, place: number): void {
    const { fields } = plan;
    const base = this.#usedSlots;
    this.#usedSlots += fields.length;
    this.#findValues(plan, base, place);
    for (let index = fields.length - 1; index >= 0; index -= 1) {
      const field = fields[index];
      const value = this.#slots[base + index] ?? NOTHING;
      if (field === undefined || (value === NOTHING && field.isOptional)) continue;
      this.#writeField(field, field.shape === "inline" ? place : value);
    }
    this.#usedSlots = base;
  }

  /** Notes where the value of each field is, from the slot `base` on. */
  #findValues(plan: MessagePlan, base: number, place: number): void {
    if (this.#usedSlots > this.#slots.length) this.#growSlots();
    const slots = this.#slots;
    for (let slot = base; slot < this.#usedSlots; slot += 1) slots[slot] = NOTHING;
    const tape = this.#tape;
    if (tape.kind(place) !== OBJECT) return;
    const end = tape.next(place);
    for (let key = tape.first(place); key < end; ) {
      const value = tape.next(key);
      const index = plan.indexOf(tape.text, tape.start(key), tape.end(key));
      if (index >= 0 && tape.kind(value) !== NULL) slots[base + index] = value;
      key = tape.next(value);
    }
  }

  #growSlots(): void {
    const larger = new Int32Array(Math.max(this.#slots.length * 2, this.#usedSlots));
    larger.set(this.#slots);
    this.#slots = larger;
  }

  /** Writes a type that is one of several shapes in JSON, and has a field for each of them. */
  #writeAlternative(plan: MessagePlan, form: string, place: number): void {
    const kind = this.#tape.kind(place);
    const name = kind === LIST ? LIST_FIELDS[form] : kind === OBJECT ? OBJECT_FIELD : LITERAL_FIELDS[form];
    const field = plan.fields.find((each) => each.name === name);
    if (field !== undefined) this.#writeField(field, place);
    // What has a schema is allowed as well.
    if (kind === OBJECT && form === "schema-or-bool") this.#out.bytes(ALLOWED);
  }

  #writeField(field: FieldPlan, place: number): void {
    switch (field.shape) {
      case "single":
      case "inline":
        this.#writeValue(field, place, field.tag);
        break;
      case "list": {
        const items = itemsOf(this.#tape, place);
        for (let index = items.length - 1; index >= 0; index -= 1) {
          this.#writeValue(field, items[index] ?? NOTHING, field.tag);
        }
        break;
      }
      case "map": {
        const keys = sortedKeys(this.#tape, place);
        for (let index = keys.length - 1; index >= 0; index -= 1) {
          this.#writeEntry(field, keys[index] ?? NOTHING);
        }
        break;
      }
    }
  }

  #writeEntry(field: FieldPlan, key: number): void {
    const out = this.#out;
    const end = out.length;
    this.#writeValue(field, this.#tape.next(key), field.valueTag);
    const keyEnd = out.length;
    writeText(out, this.#tape, key);
    out.unsigned(out.length - keyEnd);
    out.byte(KEY_TAG);
    out.unsigned(out.length - end);
    out.unsigned(field.tag);
  }

  #writeValue(field: FieldPlan, place: number, tag: number): void {
    const out = this.#out;
    const end = out.length;
    field.write(out, this.#tape, place);
    if (field.isDelimited) out.unsigned(out.length - end);
    out.unsigned(tag);
  }
}

function itemsOf(tape: JsonTape, list: number): readonly number[] {
  const items: number[] = [];
  const end = tape.next(list);
  for (let item = tape.first(list); item < end; item = tape.next(item)) items.push(item);
  return items;
}

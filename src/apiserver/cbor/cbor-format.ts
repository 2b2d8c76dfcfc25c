import type { BuiltInSchemas } from "#api/schemas.ts";
import { parseApiVersion } from "#apimachinery/meta.ts";
import type { Pieces } from "#https/answer.ts";
import { listItemType } from "../formats/list-item-type.ts";
import { SlabPool, Slabs } from "../formats/slabs.ts";
import type { EncodedList, StreamFormat, WireFormat } from "../formats/wire-format.ts";
import { JsonTape, ROOT } from "../storage/json-tape.ts";
import { MAJOR } from "./cbor-head.ts";
import { CborWriter } from "./cbor-writer.ts";
import { ItemEncoder } from "./item-encoder.ts";

/** The tag around every document, which says that it is CBOR (RFC 8949 section 3.4.6). */
const SELF_DESCRIBED_TAG = 55_799;

/**
 * CBOR as apimachinery `pkg/runtime/serializer/cbor` writes it. The order of keys means nothing there, so that they are
 * left as they stand.
 */
export class CborFormat implements WireFormat {
  readonly contentType = "application/cbor";
  readonly stream: StreamFormat = {
    contentType: "application/cbor-seq",
    isText: false,
    // An item says by itself where it ends.
    frameBytes: 0,
    event: (type, object) => this.#event(type, object),
  };
  readonly #schemas: BuiltInSchemas;
  readonly #tape = new JsonTape();
  readonly #pool = new SlabPool();
  readonly #out = new CborWriter();
  readonly #encoder: ItemEncoder;

  constructor(schemas: BuiltInSchemas) {
    this.#schemas = schemas;
    this.#encoder = new ItemEncoder(schemas, this.#tape, this.#out);
  }

  document(json: Buffer): Uint8Array {
    this.#out.clear();
    this.#writeDocument(json);
    return Buffer.from(this.#out.written);
  }

  list({ head, items, itemsField = "items" }: EncodedList): Pieces {
    const empty = this.document(Buffer.from(JSON.stringify({ ...head, [itemsField]: [] })));
    const type = this.#typeOf();
    const slabs = new Slabs(this.#pool);
    // The last byte says that there are no items.
    slabs.append(empty.subarray(0, -1));
    this.#out.clear();
    this.#out.head(MAJOR.array, items.length);
    slabs.append(this.#out.written);
    const itemType = type === undefined ? undefined : listItemType(this.#schemas, type);
    for (const item of items) {
      this.#tape.read(item);
      this.#out.clear();
      this.#encoder.write(ROOT, itemType);
      slabs.append(this.#out.written);
    }
    return slabs;
  }

  #event(type: string, object: Buffer): Uint8Array {
    const out = this.#out;
    out.clear();
    out.head(MAJOR.tag, SELF_DESCRIBED_TAG);
    out.head(MAJOR.map, 2);
    out.string(Buffer.from("type"));
    out.string(Buffer.from(type));
    out.string(Buffer.from("object"));
    this.#writeDocument(object);
    return Buffer.from(out.written);
  }

  #writeDocument(json: Buffer): void {
    this.#tape.read(json);
    this.#out.head(MAJOR.tag, SELF_DESCRIBED_TAG);
    this.#encoder.write(ROOT, this.#typeOf());
  }

  #typeOf(): string | undefined {
    const { group, version } = parseApiVersion(this.#textOf("apiVersion"));
    return this.#schemas.nameOf(group, version, this.#textOf("kind"));
  }

  #textOf(name: string): string {
    return this.#tape.textOf(this.#tape.member(ROOT, name));
  }
}

import type { BuiltInSchemas } from "#api/schemas.ts";
import { notAcceptable } from "#apimachinery/status-error.ts";
import type { Pieces } from "#https/answer.ts";
import { listItemType } from "../formats/list-item-type.ts";
import { chainPieces, SlabPool, Slabs } from "../formats/slabs.ts";
import type { EncodedList, ListHead, ListItems, StreamFormat, WireFormat } from "../formats/wire-format.ts";
import { JsonTape, ROOT } from "../storage/json-tape.ts";
import { PREFIX } from "./envelope.ts";
import { MessageEncoder } from "./message-encoder.ts";
import { META_BETA, messageTypeOf } from "./message-types.ts";
import { NOT_MARSHALABLE } from "./object-decoder.ts";
import { ReverseWriter } from "./reverse-writer.ts";
import { writeText } from "./scalar-writers.ts";

const CONTENT_TYPE = "application/vnd.kubernetes.protobuf";

/** Tags of texts and messages by their field numbers. */
const FIELD_1 = 0x0a;
const FIELD_2 = 0x12;

/** The envelope's fields behind the object, which say nothing: the encoding and the type of its content. */
const ENVELOPE_END = Uint8Array.of(0x1a, 0, 0x22, 0);

/** The length in front of each event of a watch. */
const FRAME_BYTES = 4;

/** The protobuf form of built-in kinds, byte for byte as Kubernetes writes it. */
export class ProtobufFormat implements WireFormat {
  readonly contentType = CONTENT_TYPE;
  readonly stream: StreamFormat = {
    contentType: `${CONTENT_TYPE};stream=watch`,
    isText: false,
    frameBytes: FRAME_BYTES,
    event: (type, object) => this.#event(type, object),
  };
  readonly #schemas: BuiltInSchemas;
  readonly #tape = new JsonTape();
  readonly #pool = new SlabPool();
  readonly #out = new ReverseWriter();
  readonly #encoder: MessageEncoder;

  constructor(schemas: BuiltInSchemas) {
    this.#schemas = schemas;
    this.#encoder = new MessageEncoder(schemas, this.#tape, this.#out);
  }

  /** Throws NotAcceptable for a kind that has no protobuf form. */
  document(json: Buffer): Uint8Array {
    this.#begin(json);
    this.#writeEnvelope();
    return Buffer.from(this.#out.written);
  }

  list({ head, items }: EncodedList): Pieces {
    const { apiVersion, kind } = head;
    const type = this.#typeOf(apiVersion, kind);
    const itemType = listItemType(this.#schemas, type) ?? "";
    // In this one version the two fields are the other way round.
    const isReversed = apiVersion === META_BETA;
    const metadata = this.#listMeta(type, head, isReversed ? FIELD_2 : FIELD_1);
    const content = this.#listItems(itemType, items, isReversed ? FIELD_1 : FIELD_2);
    const envelope = this.#envelopeStart(head, metadata.length + content.length);
    return isReversed
      ? chainPieces(envelope, content, metadata, ENVELOPE_END)
      : chainPieces(envelope, metadata, content, ENVELOPE_END);
  }

  #listMeta(type: string, head: ListHead, tag: number): Uint8Array {
    this.#begin(encodeJson(head));
    // Without its items a list is nothing but its first field.
    this.#encoder.write(type, ROOT);
    const metadata = Buffer.from(this.#out.written);
    metadata[0] = tag;
    return metadata;
  }

  #listItems(type: string, items: ListItems, tag: number): Slabs {
    const slabs = new Slabs(this.#pool);
    for (const item of items) {
      this.#begin(item);
      this.#encoder.write(type, ROOT);
      this.#out.unsigned(this.#out.length);
      this.#out.byte(tag);
      slabs.append(this.#out.written);
    }
    return slabs;
  }

  /** What comes before the fields of a list that has this many bytes. */
  #envelopeStart({ apiVersion, kind }: ListHead, length: number): Uint8Array {
    this.#begin(encodeJson({ apiVersion, kind }));
    this.#out.unsigned(length);
    this.#out.byte(FIELD_2);
    this.#writeTypeMeta();
    this.#out.bytes(PREFIX);
    return Buffer.from(this.#out.written);
  }

  #event(type: string, object: Buffer): Uint8Array {
    this.#begin(object);
    const out = this.#out;
    this.#writeEnvelope();
    out.unsigned(out.length);
    out.byte(FIELD_1);
    out.unsigned(out.length);
    out.byte(FIELD_2);
    const end = out.length;
    out.text(type);
    out.unsigned(out.length - end);
    out.byte(FIELD_1);
    const frame = Buffer.alloc(FRAME_BYTES);
    frame.writeUInt32BE(out.length);
    out.bytes(frame);
    return Buffer.from(out.written);
  }

  #begin(json: Buffer): void {
    this.#tape.read(json);
    this.#out.clear();
  }

  /** The object on the tape with its kind around it, a `runtime.Unknown`. */
  #writeEnvelope(): void {
    const out = this.#out;
    out.bytes(ENVELOPE_END);
    const end = out.length;
    this.#encoder.write(this.#typeOf(this.#textOf("apiVersion"), this.#textOf("kind")), ROOT);
    out.unsigned(out.length - end);
    out.byte(FIELD_2);
    this.#writeTypeMeta();
    out.bytes(PREFIX);
  }

  #writeTypeMeta(): void {
    const out = this.#out;
    const end = out.length;
    this.#writeText("kind", FIELD_2);
    this.#writeText("apiVersion", FIELD_1);
    out.unsigned(out.length - end);
    out.byte(FIELD_1);
  }

  #writeText(name: string, tag: number): void {
    const end = this.#out.length;
    writeText(this.#out, this.#tape, this.#tape.member(ROOT, name));
    this.#out.unsigned(this.#out.length - end);
    this.#out.byte(tag);
  }

  #textOf(name: string): string {
    return this.#tape.textOf(this.#tape.member(ROOT, name));
  }

  #typeOf(apiVersion: string, kind: string): string {
    const type = messageTypeOf(this.#schemas, apiVersion, kind);
    if (type !== undefined) return type;
    throw notAcceptable(NOT_MARSHALABLE);
  }
}

function encodeJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

import type { KubeList } from "#apimachinery/meta.ts";
import type { Pieces } from "#https/answer.ts";

/** A list without its items. */
export type ListHead = Omit<KubeList, "items">;

/** A list as the JSON of its parts. */
export interface EncodedList {
  readonly head: ListHead;
  /** Where the items are. A table has rows; default `items`. */
  readonly itemsField?: "items" | "rows";
  readonly items: ListItems;
  /** The JSON of the whole list, with a newline behind it. */
  pieces(): Pieces;
}

/**
 * The JSON of each object as it stands in a list: those of built-in kinds do not say what they are. It holds until the
 * next one is taken, which may be made in its place.
 */
export interface ListItems extends Iterable<Buffer> {
  readonly length: number;
}

/**
 * How documents are written in one media type. All of them are made of JSON, as `JSON.stringify` writes it, because that
 * is what the store has: an object need not be decoded to be written in another format.
 */
export interface WireFormat {
  readonly contentType: string;
  document(json: Buffer): Uint8Array;
  list(list: EncodedList): Uint8Array | Pieces;
  /** Absent where nothing can be streamed. */
  readonly stream?: StreamFormat;
}

/** How the events of a watch are written. */
export interface StreamFormat {
  readonly contentType: string;
  /** Whether events are text: so is their message on a WebSocket. */
  readonly isText: boolean;
  /** Bytes in front of each event that only mark where it begins: a message on a WebSocket does without them. */
  readonly frameBytes: number;
  event(type: string, object: Buffer): Uint8Array;
}

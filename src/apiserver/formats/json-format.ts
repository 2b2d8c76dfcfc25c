import { parseExactJson } from "#apimachinery/exact-json.ts";
import { bytesOf } from "#https/answer.ts";
import { SlabPool, Slabs } from "./slabs.ts";
import type { ListHead, ListItems, StreamFormat, WireFormat } from "./wire-format.ts";

const CONTENT_TYPE = "application/json";

const COMMA = Buffer.from(",");
const NEWLINE = Buffer.from("\n");
const LIST_END = Buffer.from("]}\n");
const EVENT_END = Buffer.from("}\n");

const stream: StreamFormat = {
  contentType: CONTENT_TYPE,
  isText: true,
  frameBytes: 0,
  event: (type, object) => Buffer.concat([Buffer.from(`{"type":"${type}","object":`), object, EVENT_END]),
};

/** Go's encoder ends every document with a newline. */
export const jsonFormat: WireFormat = {
  contentType: CONTENT_TYPE,
  document: (json) => Buffer.concat([json, NEWLINE]),
  list: (list) => list.pieces(),
  stream,
};

/** Indented, for people. Watches are never indented. */
export const prettyJsonFormat: WireFormat = {
  contentType: CONTENT_TYPE,
  document: (json) => Buffer.from(JSON.stringify(parseExactJson(json.toString()), null, 2)),
  list: (list) => prettyJsonFormat.document(bytesOf(list.pieces())),
  stream,
};

/** The JSON of a list, with a newline behind it. */
export function writeJsonList(head: ListHead, items: ListItems, itemsField = "items"): Slabs {
  const slabs = new Slabs(new SlabPool());
  slabs.append(Buffer.from(listStart(head, itemsField)));
  let isFirst = true;
  for (const item of items) {
    if (!isFirst) slabs.append(COMMA);
    slabs.append(item);
    isFirst = false;
  }
  slabs.append(LIST_END);
  return slabs;
}

/** The JSON of a list as far as its first item. */
export function listStart(head: ListHead, itemsField = "items"): string {
  return `${JSON.stringify(head).slice(0, -1)},"${itemsField}":[`;
}

import { writeJsonList } from "./json-format.ts";
import { mapItems } from "./map-items.ts";
import { partialMetadata } from "./partial-metadata.ts";
import type { EncodedList, StreamFormat, WireFormat } from "./wire-format.ts";

/** Writes only the metadata of objects, lists and events. A Status, and the event of an error, is written whole. */
export function metadataFormat(format: WireFormat, apiVersion: string): WireFormat {
  const { contentType, stream } = format;
  return {
    contentType,
    document: (json) => format.document(isStatus(json) ? json : partialMetadata(json, apiVersion)),
    list: (list) => format.list(partialList(list, apiVersion)),
    ...(stream && { stream: metadataStream(stream, apiVersion) }),
  };
}

function metadataStream(stream: StreamFormat, apiVersion: string): StreamFormat {
  return {
    ...stream,
    event: (type, object) =>
      stream.event(type, type === "ERROR" ? object : partialMetadata(object, apiVersion)),
  };
}

function partialList({ head: { metadata }, items }: EncodedList, apiVersion: string): EncodedList {
  const head = { kind: "PartialObjectMetadataList", apiVersion, metadata };
  const reduced = mapItems(items, (item) => partialMetadata(item, apiVersion));
  return { head, items: reduced, pieces: () => writeJsonList(head, reduced) };
}

const STATUS_START = '{"kind":"Status","apiVersion":"v1",';

function isStatus(json: Buffer): boolean {
  return json.toString("latin1", 0, STATUS_START.length) === STATUS_START;
}

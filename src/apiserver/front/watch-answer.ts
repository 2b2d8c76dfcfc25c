import { Answer } from "#https/answer.ts";
import { joinPieces } from "#https/join-pieces.ts";
import { jsonFormat } from "../formats/json-format.ts";
import type { StreamFormat } from "../formats/wire-format.ts";
import type { EncodedWatchEvent, PipelineResponse } from "../pipeline.ts";
import { encodeJson } from "../storage/object-storage.ts";
import type { TableTransform } from "./table-transform.ts";

export type WatchResponse = Extract<PipelineResponse, { type: "watch" }>;

/** How the events of a watch are written. */
export interface WatchOutput {
  readonly stream: StreamFormat;
  /** Present when the client wants tables. */
  readonly table: TableTransform | undefined;
}

/** Streams the events of a watch, one batch at a time, in the format that the client has asked for. */
export function watchAnswer(response: WatchResponse, output: WatchOutput): Answer {
  const { contentType } = output.stream;
  return new Answer(200, { "content-type": contentType }, joinedEvents(response, output), {
    initialPieces: response.initialBatches ?? 0,
  });
}

async function* joinedEvents(response: WatchResponse, output: WatchOutput): AsyncGenerator<Uint8Array> {
  for await (const batch of encodedEvents(response, output)) {
    if (batch.length > 0) yield joinPieces(batch);
  }
}

/** The bytes of the events in each batch. */
export async function* encodedEvents(
  { events }: WatchResponse,
  output: WatchOutput,
): AsyncGenerator<readonly Uint8Array[]> {
  const encode = eventEncoder(output);
  for await (const batch of events) yield batch.map(encode);
}

/** Rows of tables are made for one watch, everything else is shared by all. */
function eventEncoder({ stream, table }: WatchOutput): (event: EncodedWatchEvent) => Uint8Array {
  if (stream === jsonFormat.stream && table === undefined) return (event) => event.bytes();
  if (table === undefined) return (event) => event.encoded(stream);
  let isFirst = true;
  return ({ type, object }) => {
    const row = table.watched(type, object, { isFirst });
    isFirst = false;
    return stream.event(type, encodeJson(row));
  };
}

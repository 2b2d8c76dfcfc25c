import { Answer } from "#https/answer.ts";
import type { PipelineResponse } from "../pipeline.ts";
import { JSON_TYPE, type OutputFormat, YAML_TYPE } from "./output-format.ts";
import type { Transformer } from "./transform.ts";
import { formatYamlText } from "./yaml-text.ts";

type WatchResponse = Extract<PipelineResponse, { type: "watch" }>;
type EncodedEvents = WatchResponse["events"];

/** Streams the events of a watch, one batch at a time, in the format that the client has asked for. */
export function watchAnswer(
  { events }: WatchResponse,
  { mediaType }: OutputFormat,
  transformer: Transformer | undefined,
): Answer {
  const contentType = mediaType === JSON_TYPE ? mediaType : `${mediaType};stream=watch`;
  const content =
    transformer === undefined && mediaType === JSON_TYPE
      ? plainEvents(events)
      : changedEvents(events, mediaType, transformer);
  return new Answer(200, { "content-type": contentType }, content, { isLive: true });
}

async function* plainEvents(events: EncodedEvents): AsyncGenerator<Uint8Array> {
  for await (const batch of events) {
    const [first] = batch;
    if (first !== undefined) {
      yield batch.length === 1 ? first.bytes() : Buffer.concat(batch.map((event) => event.bytes()));
    }
  }
}

async function* changedEvents(
  events: EncodedEvents,
  mediaType: string,
  transformer: Transformer | undefined,
): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const batch of events) {
    for (const event of batch) {
      const { type } = event;
      const object =
        event.type === "ERROR"
          ? event.object
          : (transformer?.watched(type, event.object, { isFirst }) ?? event.object);
      isFirst = false;
      yield Buffer.from(formatEvent({ type, object }, mediaType));
    }
  }
}

/** Go frames the documents of a YAML stream with a line of dashes. */
function formatEvent(event: unknown, mediaType: string): string {
  return mediaType === YAML_TYPE ? `---\n${formatYamlText(event)}` : `${JSON.stringify(event)}\n`;
}

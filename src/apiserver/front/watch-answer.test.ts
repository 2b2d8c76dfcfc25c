import { describe, expect, test } from "bun:test";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Answer } from "#https/answer.ts";
import { aConfigMap } from "#testing/objects.ts";
import { jsonFormat } from "../formats/json-format.ts";
import type { StreamFormat } from "../formats/wire-format.ts";
import type { EncodedWatchEvent, PipelineResponse } from "../pipeline.ts";
import { watchAnswer } from "./watch-answer.ts";

function event(name: string): EncodedWatchEvent {
  const object: KubeObject = aConfigMap(name);
  return {
    type: "ADDED",
    object,
    bytes: () => Buffer.from(`${name}\n`),
    encoded: (format) => format.event("ADDED", Buffer.from(name)),
  };
}

function watch(...batches: EncodedWatchEvent[][]): Extract<PipelineResponse, { type: "watch" }> {
  async function* events() {
    yield* batches;
  }
  return { type: "watch", events: events() };
}

async function piecesOf({ content }: Answer): Promise<string[]> {
  if (content instanceof Uint8Array) throw new TypeError("Not a stream");
  return (await Array.fromAsync(content)).map((piece) => Buffer.from(piece).toString());
}

const json = jsonFormat.stream as StreamFormat;
const other: StreamFormat = {
  contentType: "text/plain;stream=watch",
  isText: true,
  frameBytes: 0,
  event: (type, object) => Buffer.from(`${type} ${object.toString()};`),
};

describe("watchAnswer", () => {
  test("passes on the bytes that all watchers share, a batch at a time", async () => {
    const events = watch([event("a")], [], [event("b"), event("c")]);
    const answer = watchAnswer(events, { stream: json, table: undefined });
    expect(answer.fields).toEqual({ "content-type": "application/json" });
    expect(await piecesOf(answer)).toEqual(["a\n", "b\nc\n"]);
  });

  test("writes events in another format", async () => {
    const answer = watchAnswer(watch([event("a"), event("b")]), { stream: other, table: undefined });
    expect(answer.fields).toEqual({ "content-type": "text/plain;stream=watch" });
    expect(await piecesOf(answer)).toEqual(["ADDED a;ADDED b;"]);
  });
});

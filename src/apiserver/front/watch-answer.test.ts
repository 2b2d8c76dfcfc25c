import { describe, expect, test } from "bun:test";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Answer } from "#https/answer.ts";
import { aConfigMap } from "#testing/objects.ts";
import type { EncodedWatchEvent, PipelineResponse } from "../pipeline.ts";
import { watchAnswer } from "./watch-answer.ts";

function event(name: string): EncodedWatchEvent {
  const object: KubeObject = aConfigMap(name);
  return { type: "ADDED", object, bytes: () => Buffer.from(`${name}\n`) };
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

describe("watchAnswer", () => {
  test("passes on the bytes that all watchers share, a batch at a time", async () => {
    const answer = watchAnswer(
      watch([event("a")], [], [event("b"), event("c")]),
      { mediaType: "application/json", pretty: false },
      undefined,
    );
    expect(answer.fields).toEqual({ "content-type": "application/json" });
    expect(await piecesOf(answer)).toEqual(["a\n", "b\nc\n"]);
  });

  test("frames YAML with dashes", async () => {
    const answer = watchAnswer(
      watch([event("a")]),
      { mediaType: "application/yaml", pretty: false },
      undefined,
    );
    expect(answer.fields).toEqual({ "content-type": "application/yaml;stream=watch" });
    const [piece = ""] = await piecesOf(answer);
    expect(piece).toStartWith("---\nobject:\n  apiVersion: v1\n");
    expect(piece).toEndWith("type: ADDED\n");
  });
});

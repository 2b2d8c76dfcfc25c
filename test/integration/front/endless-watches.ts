import type { KubeObject } from "#apimachinery/meta.ts";
import type { EncodedWatchEvent, RequestPipeline } from "#apiserver/pipeline.ts";

/** Watches that always have one more event, of 64 KiB: news, or without end what is there already. */
export function endlessWatches(
  made: { bytes: number; isOver: boolean },
  initialBatches = 0,
): RequestPipeline {
  const line = Buffer.from(`${JSON.stringify({ type: "ADDED", object: { data: "x".repeat(65_536) } })}\n`);
  const object: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", uid: "1" } };
  const event: EncodedWatchEvent = { type: "ADDED", object, bytes: () => line, encoded: () => line };
  const events = async function* (): AsyncGenerator<readonly EncodedWatchEvent[]> {
    try {
      for (;;) {
        // As real ones, they come in turns of the event loop.
        await new Promise((resolve) => setImmediate(resolve));
        made.bytes += line.length;
        yield [event];
      }
    } finally {
      made.isOver = true;
    }
  };
  return { handle: () => Promise.resolve({ type: "watch", events: events(), initialBatches }) };
}

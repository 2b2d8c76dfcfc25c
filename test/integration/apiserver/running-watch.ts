import type { KubeObject } from "#apimachinery/meta.ts";
import type { EncodedWatchEvent } from "#apiserver/pipeline.ts";

/** Reads a watch as fast as it delivers. */
export class RunningWatch implements AsyncDisposable {
  readonly events: EncodedWatchEvent[] = [];
  #ended = false;
  readonly #abort: AbortController;
  readonly #reading: Promise<void>;

  constructor(events: AsyncIterable<readonly EncodedWatchEvent[]>, abort: AbortController) {
    this.#abort = abort;
    this.#reading = this.#read(events);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What has arrived since the last call, once nothing more is on its way: `ADDED default/a@7`. */
  async take(): Promise<readonly string[]> {
    await this.settled();
    return this.events.splice(0).map(describeEvent);
  }

  /** Waits until everything has arrived that is on its way. */
  async settled(): Promise<void> {
    let before = -1;
    while (before !== this.events.length) {
      before = this.events.length;
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#reading;
  }

  async #read(events: AsyncIterable<readonly EncodedWatchEvent[]>): Promise<void> {
    for await (const batch of events) this.events.push(...batch);
    this.#ended = true;
  }
}

function describeEvent({ type, object }: EncodedWatchEvent): string {
  if (type === "ERROR") return `ERROR ${String(object.code)} ${object.message ?? ""}`;
  const { metadata } = object as KubeObject;
  const initialEnd = metadata.annotations?.["k8s.io/initial-events-end"] === "true" ? " initial-end" : "";
  if (type === "BOOKMARK") return `BOOKMARK @${metadata.resourceVersion ?? ""}${initialEnd}`;
  const name = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
  return `${type} ${name}@${metadata.resourceVersion ?? ""}`;
}

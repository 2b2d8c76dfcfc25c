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

  /** `ADDED default/a@7` for each event; a bookmark or error has no name. */
  get texts(): readonly string[] {
    return this.events.map(describeEvent);
  }

  /** Lets everything arrive that is on its way, and gives what has arrived since the last call. */
  async take(): Promise<readonly string[]> {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
    return this.events.splice(0).map(describeEvent);
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

import type Docker from "dockerode";
import type { RuntimeEvent } from "../runtime.ts";
import type { DockerEngine } from "./docker-engine.ts";
import { dockerError } from "./docker-error.ts";
import { identityOf, MANAGED_FILTER } from "./labels.ts";

/** The changes of state that a kubelet acts on; execs and resizes are not among them. */
const EVENTS = ["create", "start", "die", "oom", "destroy", "pause", "unpause", "stop"];

interface DockerEvent {
  readonly id: string;
  readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
}

/** Events of the engine about what kubelith made, until the connection ends. */
export async function* readEvents(
  engine: DockerEngine,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent, void, void> {
  const filters = { type: ["container"], event: EVENTS, label: [...MANAGED_FILTER] };
  const stream = await engine.call("watch the Docker Engine", () =>
    engine.docker.getEvents({ filters, abortSignal: signal } as Docker.GetEventsOptions),
  );
  try {
    for await (const line of linesOf(stream as AsyncIterable<Uint8Array>))
      yield eventOf(JSON.parse(line) as DockerEvent);
  } catch (error) {
    if (!signal.aborted) throw dockerError(engine.endpoint, "watch the Docker Engine", error);
  }
}

function eventOf({ id, Actor }: DockerEvent): RuntimeEvent {
  const { pod, isSandbox } = identityOf(Actor.Attributes);
  return { type: isSandbox ? "sandboxChanged" : "containerChanged", podUid: pod.uid, id };
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let pending = "";
  for await (const chunk of chunks) {
    const lines = (pending + decoder.decode(chunk, { stream: true })).split("\n");
    pending = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
}

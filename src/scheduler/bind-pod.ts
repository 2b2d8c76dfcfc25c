import type { Pod } from "#api/generated/core-v1.ts";
import type { BindContext, Named } from "./framework/plugin.ts";
import type { PodInfo } from "./framework/pod-info.ts";
import type { Framework } from "./framework/profile.ts";
import { SKIP } from "./framework/status.ts";
import { handleFailure } from "./handle-failure.ts";
import { type QueuedPod, uidOf } from "./queue/queued-pod.ts";
import type { SchedulerParts } from "./scheduler-parts.ts";

export interface Binding {
  readonly queued: QueuedPod;
  readonly nodeName: string;
  readonly framework: Framework;
  /** When the attempt began, in milliseconds since the epoch. */
  readonly startedAt: number;
}

/** Carries a decision out. What fails is taken back: the room on the node is free again, and the pod waits. */
export async function bindPod(parts: SchedulerParts, binding: Binding, signal: AbortSignal): Promise<void> {
  const { queued, nodeName, framework, startedAt } = binding;
  const { clock, metrics, logger } = parts;
  const { info } = queued;
  const { pod } = info;
  try {
    await carryOut(framework, info, nodeName, { client: parts.client, signal });
  } catch (error) {
    if (signal.aborted) return;
    takeBack(parts, binding);
    metrics.attempted("error", framework.schedulerName, clock.now() - startedAt);
    logger.warn("Could not bind pod", { pod: nameOf(pod), node: nodeName, error });
    const message = error instanceof Error ? error.message : String(error);
    const rejectors = new Set<string>();
    handleFailure(parts, queued, { reason: "SchedulerError", message, rejectors, nominatedNodeName: "" });
    return;
  }
  const now = clock.now();
  metrics.attempted("scheduled", framework.schedulerName, now - startedAt);
  metrics.scheduled(queued.attempts, now - (queued.triableSince ?? startedAt));
  logger.debug("Bound pod", { pod: nameOf(pod), node: nodeName });
  parts.recorderOf(framework.schedulerName).record(pod, {
    type: "Normal",
    reason: "Scheduled",
    action: "Binding",
    message: `Successfully assigned ${nameOf(pod)} to ${nodeName}`,
  });
}

async function carryOut(
  { preBinds, binds }: Framework,
  pod: PodInfo,
  nodeName: string,
  context: BindContext,
): Promise<void> {
  for (const plugin of preBinds) {
    await run("PreBind", plugin, () => plugin.preBind(pod, nodeName, context));
  }
  for (const plugin of binds) {
    if ((await run("Bind", plugin, () => plugin.bind(pod, nodeName, context))) !== SKIP) return;
  }
  throw new RangeError(`No plugin binds pod "${nameOf(pod.pod)}"`);
}

/** Names the plugin in what it throws, as `RunBindPlugins` of upstream's `framework/runtime` does. */
async function run<T>(point: "PreBind" | "Bind", { name }: Named, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`running ${point} plugin "${name}": ${message}`, { cause: error });
  }
}

/** For all others it is as if the pod had been deleted: it no longer takes the room that it was going to take. */
function takeBack({ cache, queue }: SchedulerParts, { queued, nodeName, framework }: Binding): void {
  for (const plugin of framework.reserves) plugin.unreserve(queued.info, nodeName);
  if (!cache.forgetPod(uidOf(queued))) return;
  const { pod } = queued.info;
  const previous = { ...pod, spec: { ...pod.spec, nodeName } };
  queue.onEvent({ resource: "AssignedPod", action: "Delete", change: { previous } });
}

function nameOf({ metadata }: Pod): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

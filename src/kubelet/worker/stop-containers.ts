import type { Pod } from "#api/generated/core-v1.ts";
import { onAbort } from "#base/disposable.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import type { ContainerStop } from "../plan/pod-action.ts";
import { runHook } from "./lifecycle-hooks.ts";
import type { PodServices } from "./pod-services.ts";

/** A container always gets this time between the stop signal and SIGKILL (`minimumGracePeriodInSeconds`). */
const MINIMUM_GRACE_SECONDS = 2;

export interface StopRequest {
  readonly pod: Pod;
  readonly stops: readonly ContainerStop[];
  readonly podIP: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Stops containers side by side: each runs its preStop hook, waits for those that must stop before it, and gets what is
 * left of its grace (`killContainer`). Rejects with the first failure, once all are done.
 */
export async function stopContainers(request: StopRequest, services: PodServices): Promise<void> {
  const stopped = new Map(request.stops.map(({ name }) => [name, Promise.withResolvers<void>()] as const));
  const results = await Promise.allSettled(
    request.stops.map(async (stop) => {
      try {
        const before = stop.after.flatMap((name) => stopped.get(name)?.promise ?? []);
        await stopContainer(request, { stop, before }, services);
      } finally {
        stopped.get(stop.name)?.resolve();
      }
    }),
  );
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

interface OrderedStop {
  readonly stop: ContainerStop;
  readonly before: readonly Promise<void>[];
}

async function stopContainer(
  request: StopRequest,
  { stop, before }: OrderedStop,
  services: PodServices,
): Promise<void> {
  const { pod, signal } = request;
  const { clock, events, runtime } = services;
  const { message, fieldPath, containerId, graceSeconds } = stop;
  events.record(pod, { type: "Normal", reason: "Killing", message, fieldPath });
  const deadline = clock.now() + graceSeconds * 1000;
  await preStop(request, stop, services);
  await within(Promise.all(before), deadline - clock.now(), services, signal);
  signal.throwIfAborted();
  const left = Math.floor((deadline - clock.now()) / 1000);
  await runtime.stopContainer(containerId, Math.max(left, MINIMUM_GRACE_SECONDS), signal);
}

/** The hook has the whole grace; what it comes to changes nothing. */
async function preStop(
  { pod, podIP, signal }: StopRequest,
  stop: ContainerStop,
  services: PodServices,
): Promise<void> {
  const { container, containerId, graceSeconds, fieldPath } = stop;
  const handler = container?.lifecycle?.preStop;
  if (container === undefined || handler === undefined || graceSeconds <= 0) return;
  const { clock, events, logger } = services;
  using limit = new LinkedAbort(signal);
  using _ = clock.after(graceSeconds * 1000, () => limit.abort());
  try {
    await runHook({ pod, container, containerId, handler, podIP, signal: limit.signal }, services);
  } catch (error) {
    signal.throwIfAborted();
    // The message could contain secrets of the server.
    events.record(pod, {
      type: "Warning",
      reason: "FailedPreStopHook",
      message: "PreStopHook failed",
      fieldPath,
    });
    logger.debug("PreStop hook failed", { pod: pod.metadata.name, container: stop.name, error });
  }
}

async function within(
  promise: Promise<unknown>,
  ms: number,
  { clock }: PodServices,
  signal: AbortSignal,
): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  using _timer = clock.after(Math.max(0, ms), resolve);
  using _abort = onAbort(signal, resolve);
  await Promise.race([promise, over]);
}

import { abortable, onAbort } from "#base/disposable.ts";
import { TaskGroup } from "#base/task-group.ts";
import { ApiEventRecorder, type EventRecorderDependencies } from "#reconcile/event-recorder.ts";
import type { SharedInformers } from "#reconcile/shared-informers.ts";
import { SchedulerCache } from "./cache/scheduler-cache.ts";
import { defaultProfile } from "./default-profile.ts";
import { onNodeChange, onPodChange } from "./follow-cluster.ts";
import { NodeMemo } from "./framework/node-memo.ts";
import { compileProfiles, type Profile } from "./framework/profile.ts";
import type { SchedulerClient } from "./framework/scheduler-client.ts";
import { noMetrics, type SchedulerMetrics } from "./metrics.ts";
import { PodStatusWriter } from "./pod-status-writer.ts";
import { Nominator } from "./queue/nominator.ts";
import { QUEUE_DEFAULTS, SchedulingQueue, type SchedulingQueueOptions } from "./queue/scheduling-queue.ts";
import type { SchedulerParts } from "./scheduler-parts.ts";
import { SchedulingLoop } from "./scheduling-loop.ts";

export interface SchedulerOptions {
  /** Default: `default-scheduler` with the plugins of kube-scheduler. */
  readonly profiles?: readonly Profile[];
  readonly queue?: SchedulingQueueOptions;
}

export interface SchedulerDependencies extends EventRecorderDependencies {
  /** Writes go through this client, under the scheduler's identity. */
  readonly client: EventRecorderDependencies["client"] & SchedulerClient;
  readonly informers: SharedInformers;
  readonly metrics?: SchedulerMetrics;
}

/**
 * Puts pods on nodes until it is disposed, which cancels the bindings that are under way: those pods wait for the
 * next scheduler. Throws a RangeError for profiles that cannot work.
 */
export function createScheduler(
  options: SchedulerOptions,
  dependencies: SchedulerDependencies,
): AsyncDisposable {
  const frameworks = compileProfiles(options.profiles ?? [defaultProfile]);
  const { client, clock, random, logger, metrics = noMetrics } = dependencies;
  const stack = new AsyncDisposableStack();
  const recorders = new Map(
    Array.from(frameworks.keys(), (component) => [
      component,
      stack.use(new ApiEventRecorder({ component }, dependencies)),
    ]),
  );
  const statusWriter = stack.use(new PodStatusWriter({ client, clock, logger }));
  const onIncoming = metrics.incoming.bind(metrics);
  const queue = stack.use(
    new SchedulingQueue(options.queue ?? QUEUE_DEFAULTS, { clock, frameworks, onIncoming }),
  );
  const tasks = stack.use(new TaskGroup((error) => logger.error("Scheduler task failed", { error })));
  const informers = informersOf(dependencies.informers);
  const parts: SchedulerParts = {
    client,
    clock,
    random,
    logger,
    metrics,
    frameworks,
    queue,
    statusWriter,
    pods: informers.pods,
    listers: informers,
    memo: new NodeMemo(),
    cache: new SchedulerCache(),
    nominator: new Nominator(),
    recorderOf: (schedulerName) => recorders.get(schedulerName) ?? silentRecorder,
    run: (task) => tasks.run(task),
  };
  tasks.run((signal) => run(parts, informers, signal));
  return stack;
}

async function run(
  parts: SchedulerParts,
  informers: ReturnType<typeof informersOf>,
  signal: AbortSignal,
): Promise<void> {
  using subscriptions = new DisposableStack();
  subscriptions.use(onAbort(signal, () => parts.queue[Symbol.dispose]()));
  subscriptions.use(
    informers.nodes.onChange((changes) => {
      for (const change of changes) onNodeChange(parts, change);
    }),
  );
  subscriptions.use(
    informers.pods.onChange((changes) => {
      for (const change of changes) onPodChange(parts, change);
    }),
  );
  await abortable(Promise.all(Object.values(informers).map(({ synced }) => synced)), signal);
  await new SchedulingLoop(parts).run();
}

function informersOf(informers: SharedInformers) {
  return {
    namespaces: informers.informer("Namespace"),
    nodes: informers.informer("Node"),
    podDisruptionBudgets: informers.informer("PodDisruptionBudget"),
    pods: informers.informer("Pod"),
    replicaSets: informers.informer("ReplicaSet"),
    replicationControllers: informers.informer("ReplicationController"),
    services: informers.informer("Service"),
    statefulSets: informers.informer("StatefulSet"),
  };
}

/** For pods of no profile, which are not handled. */
const silentRecorder = { record: () => undefined };

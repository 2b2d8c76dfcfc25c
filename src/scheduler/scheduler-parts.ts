import type { Pod } from "#api/generated/core-v1.ts";
import type { Clock } from "#base/clock.ts";
import type { EventRecorder, EventRecorderDependencies } from "#reconcile/event-recorder.ts";
import type { Informer } from "#reconcile/informer.ts";
import type { SchedulerCache } from "./cache/scheduler-cache.ts";
import type { Listers } from "./framework/listers.ts";
import type { NodeMemo } from "./framework/node-memo.ts";
import type { Frameworks } from "./framework/profile.ts";
import type { SchedulerClient } from "./framework/scheduler-client.ts";
import type { SchedulerMetrics } from "./metrics.ts";
import type { PodStatusWriter } from "./pod-status-writer.ts";
import type { Nominator } from "./queue/nominator.ts";
import type { SchedulingQueue } from "./queue/scheduling-queue.ts";

/** What the parts of a running scheduler share. */
export interface SchedulerParts {
  readonly client: SchedulerClient;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: EventRecorderDependencies["logger"];
  readonly metrics: SchedulerMetrics;
  readonly frameworks: Frameworks;
  readonly pods: Pick<Informer<Pod>, "get">;
  readonly listers: Listers;
  readonly memo: NodeMemo;
  readonly cache: SchedulerCache;
  readonly queue: SchedulingQueue;
  readonly nominator: Nominator;
  readonly statusWriter: PodStatusWriter;
  /** Records events in the name of a profile. */
  readonly recorderOf: (schedulerName: string) => EventRecorder;
  /** Runs something in the background until the scheduler stops. */
  readonly run: (task: (signal: AbortSignal) => Promise<void>) => void;
}

import type { Clock } from "#base/clock.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import type { ClusterState } from "../cluster-state.ts";
import { Deadlines } from "../front/deadlines.ts";
import { DanglingKeeper } from "./dangling-keeper.ts";
import { CollectionSizes } from "./estimate/collection-sizes.ts";
import { FollowedConfiguration } from "./flow-configuration.ts";
import { MaxInFlight, type MaxInFlightOptions } from "./max-in-flight.ts";
import { PriorityAndFairness } from "./priority-and-fairness.ts";
import type { RequestLimiter } from "./request-limiter.ts";

export interface FlowControlOptions extends MaxInFlightOptions {
  readonly enablePriorityAndFairness: boolean;
}

export interface FlowControlDependencies {
  readonly state: ClusterState;
  /** Writes the status of FlowSchemas. */
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What holds requests back. Disposing ends what it does in the background; requests that wait stay where they are. */
export interface FlowControl extends AsyncDisposable {
  readonly limiter: RequestLimiter;
  /** Absent when priority and fairness are switched off. */
  readonly fairness?: PriorityAndFairness;
}

/** How often seats are moved between priority levels (`borrowingAdjustmentPeriod` of upstream's apiserver). */
const ADJUST_MS = 10_000;

export function createFlowControl(
  options: FlowControlOptions,
  dependencies: FlowControlDependencies,
): FlowControl {
  return options.enablePriorityAndFairness
    ? startFairness(options, dependencies)
    : { limiter: new MaxInFlight(options), [Symbol.asyncDispose]: () => Promise.resolve() };
}

function startFairness(
  { maxRequestsInflight, maxMutatingRequestsInflight }: FlowControlOptions,
  { state, client, clock, logger, metrics }: FlowControlDependencies,
): FlowControl {
  const fairness = new PriorityAndFairness(
    { seats: maxRequestsInflight + maxMutatingRequestsInflight },
    {
      configuration: () => followed.current,
      sizes: new CollectionSizes({ registry: state.registry, store: state.storage.store, clock }),
      deadlines: new Deadlines(clock),
      metrics,
      clock,
    },
  );
  const keeper = new DanglingKeeper({ client, configuration: () => followed.current, clock, logger });
  const followed = new FollowedConfiguration({ ...state, logger }, () => {
    fairness.reconfigure();
    keeper.note();
  });
  const tasks = new TaskGroup((error) => logger.error("Failed to move seats", { error }));
  tasks.run((signal) => adjustSeats(fairness, clock, signal));
  return {
    limiter: fairness,
    fairness,
    [Symbol.asyncDispose]: async () => {
      await tasks[Symbol.asyncDispose]();
      await followed[Symbol.asyncDispose]();
      await keeper[Symbol.asyncDispose]();
    },
  };
}

async function adjustSeats(fairness: PriorityAndFairness, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    await clock.sleep(ADJUST_MS, signal);
    fairness.adjust();
  }
}

import type { Clock } from "#base/clock.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { Controller } from "./controller.ts";
import { ControllerRunner } from "./controller-runner.ts";
import { ApiEventRecorder } from "./event-recorder.ts";
import { builtInDiscovery, type KindDiscovery } from "./kind-discovery.ts";
import { noMetrics, type ReconcileMetrics } from "./metrics.ts";
import type { SharedInformers } from "./shared-informers.ts";

export interface RuntimeDependencies {
  /** The client under whose identity a controller writes. */
  readonly clientFor: (controller: Controller) => Client;
  readonly informers: SharedInformers;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** Default: the built-in kinds. */
  readonly discovery?: KindDiscovery;
  readonly metrics?: ReconcileMetrics;
  /** Saves memory where objects are not shared with an API server in this process. Default: false. */
  readonly metadataOnly?: boolean;
}

/**
 * Runs controllers until it is disposed, which cancels their writes and waits until all have stopped. Throws a
 * RangeError when two have the same name.
 */
export function runControllers(
  controllers: readonly Controller[],
  dependencies: RuntimeDependencies,
): AsyncDisposable {
  checkNames(controllers);
  const { clock, random, informers, logger } = dependencies;
  const { discovery = builtInDiscovery, metrics = noMetrics, metadataOnly = false } = dependencies;
  const tasks = new TaskGroup((error) => logger.error("Controller ended", { error }));
  for (const controller of controllers) {
    const client = dependencies.clientFor(controller);
    const own = logger.with({ controller: controller.name });
    tasks.run(async (signal) => {
      const component = controller.component ?? `${controller.name}-controller`;
      await using recorder = new ApiEventRecorder({ component }, { client, clock, random, logger: own });
      const shared = { client, informers, recorder, discovery, clock, metrics, metadataOnly };
      await new ControllerRunner(controller, { ...shared, logger: own }).run(signal);
    });
  }
  return tasks;
}

function checkNames(controllers: readonly Controller[]): void {
  const names = controllers.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new RangeError(`Two controllers are named "${twice}"`);
}

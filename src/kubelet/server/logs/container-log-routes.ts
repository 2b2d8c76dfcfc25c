import type { Clock } from "#base/clock.ts";
import type { ContainerRuntime } from "#container/runtime.ts";
import { Answer } from "#https/answer.ts";
import type { Logger } from "#observability/logger.ts";
import { findContainerSpec } from "../find-container-spec.ts";
import { type NodePods, withNewestStatus } from "../node-pods.ts";
import type { KubeletRoute, PathParameters } from "../route.ts";
import { ServingError } from "../serving-error.ts";
import { gather } from "./gather.ts";
import { logContainerId, runtimeIdOf } from "./log-container.ts";
import { logContent } from "./log-content.ts";
import { type ContainerLogOptions, containerLogOptions } from "./log-options.ts";

export interface ContainerLogDependencies {
  readonly pods: NodePods;
  readonly runtime: Pick<ContainerRuntime, "containerStatus" | "logs">;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/** `/containerLogs`: what a container has printed, and prints. */
export function containerLogRoutes(dependencies: ContainerLogDependencies): readonly KubeletRoute[] {
  return [
    {
      methods: ["GET"],
      path: "/containerLogs/{namespace}/{pod}/{container}",
      answer: async ({ query, signal }, parameters) => {
        const options = containerLogOptions(query, dependencies.clock.now());
        const containerId = findLog(parameters, options, dependencies.pods);
        await requireLog(containerId, dependencies);
        const id = runtimeIdOf(containerId);
        return new Answer(
          200,
          { "content-type": "text/plain" },
          gather(readLog(id, options, signal, dependencies)),
        );
      },
    },
  ];
}

function findLog(
  { namespace = "", pod: name = "", container = "" }: PathParameters,
  { previous }: ContainerLogOptions,
  pods: NodePods,
): string {
  const pod = pods.pod(namespace, name);
  if (pod === undefined) throw new ServingError(404, `pod ${JSON.stringify(name)} does not exist`);
  if (findContainerSpec(pod, container) === undefined)
    throw new ServingError(
      404,
      `container ${JSON.stringify(container)} not found in pod ${JSON.stringify(name)}`,
    );
  return logContainerId(withNewestStatus(pods, pod), container, previous);
}

/** Finds out before the answer begins whether there is anything to read. */
async function requireLog(containerId: string, { runtime }: ContainerLogDependencies): Promise<void> {
  try {
    await runtime.containerStatus(runtimeIdOf(containerId));
  } catch (cause) {
    throw new ServingError(400, `unable to retrieve container logs for ${containerId}`, { cause });
  }
}

async function* readLog(
  id: string,
  options: ContainerLogOptions,
  signal: AbortSignal,
  { runtime, logger }: ContainerLogDependencies,
): AsyncGenerator<Uint8Array, void, void> {
  const { follow, tailLines, since } = options;
  const lines = runtime.logs(id, {
    follow,
    ...(tailLines !== undefined && { tailLines }),
    ...(since !== undefined && { since }),
    signal,
  });
  try {
    yield* logContent(lines, options);
  } catch (error) {
    if (signal.aborted) return;
    logger.warn("Failed to read a container's log", { container: id, error });
    // The answer has begun, so that its end is the only place left to say it.
    yield Buffer.from(error instanceof Error ? error.message : String(error));
  }
}

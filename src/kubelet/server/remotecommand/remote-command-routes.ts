import type { ContainerRuntime } from "#container/runtime.ts";
import { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { findContainerSpec } from "../find-container-spec.ts";
import { findPod, findRunningContainer, fullNameOf, type NodePods } from "../node-pods.ts";
import type { KubeletRoute, PathParameters } from "../route.ts";
import { ServingError } from "../serving-error.ts";
import type { StreamSettings } from "../stream-settings.ts";
import { openStreams } from "./open-streams.ts";
import { remoteCommandOptions } from "./options.ts";
import type { RemoteCommandOptions } from "./remote-command-streams.ts";
import { type RemoteCommand, runRemoteCommand } from "./run-remote-command.ts";
import { exitStatus, failureStatus, SUCCESS } from "./status.ts";

export interface RemoteCommandDependencies {
  readonly pods: NodePods;
  readonly runtime: Pick<ContainerRuntime, "listContainers" | "exec" | "attach">;
  readonly settings: StreamSettings;
}

/** Finds what a request is about. Throws a `ServingError` when there is nothing of the kind. */
type Prepare = (
  request: { readonly exchange: Exchange; readonly parameters: PathParameters },
  options: RemoteCommandOptions,
  dependencies: RemoteCommandDependencies,
) => Promise<RemoteCommand>;

/** `/exec` and `/attach`: the streams of a process over WebSocket or SPDY. */
export function remoteCommandRoutes(dependencies: RemoteCommandDependencies): readonly KubeletRoute[] {
  return [...routesOf("exec", prepareExec, dependencies), ...routesOf("attach", prepareAttach, dependencies)];
}

function routesOf(
  name: string,
  prepare: Prepare,
  dependencies: RemoteCommandDependencies,
): readonly KubeletRoute[] {
  const answer: KubeletRoute["answer"] = async (exchange, parameters) => {
    const options = remoteCommandOptions(exchange.query);
    const command = await prepare({ exchange, parameters }, options, dependencies);
    await using streams = await openStreams(exchange, options, dependencies.settings);
    await runRemoteCommand(command, streams);
    return new Answer(101, {});
  };
  return ["{namespace}/{pod}/{container}", "{namespace}/{pod}/{uid}/{container}"].map((rest) => ({
    methods: ["GET", "POST"],
    path: `/${name}/${rest}`,
    answer,
  }));
}

const prepareExec: Prepare = async ({ exchange, parameters }, options, { pods, runtime }) => {
  const target = targetOf(parameters);
  const found = await findRunningContainer(runtime, findPod(pods, target), target);
  if (found === undefined)
    throw new ServingError(500, `container not found (${JSON.stringify(target.container)})`);
  const words = exchange.query.getAll("command");
  return {
    open: () => runtime.exec(found.id, { ...options, command: words }),
    outcome: async (exitCode) => exitStatus(words, await exitCode),
    failure: (error) => failureStatus(`error executing command in container: ${messageOf(error)}`),
  };
};

const prepareAttach: Prepare = async ({ parameters }, options, { pods, runtime }) => {
  const target = targetOf(parameters);
  const pod = findPod(pods, target);
  const found = await findRunningContainer(runtime, pod, target);
  const spec = findContainerSpec(pod, target.container);
  if (found === undefined || spec === undefined)
    throw new ServingError(500, `container ${target.container} not found in pod ${fullNameOf(pod)}`);
  // Whether a process has a terminal was decided when it was started, whatever the client believes.
  const tty = spec.tty === true;
  return {
    open: () => runtime.attach(found.id, { ...options, tty, stderr: options.stderr && !tty }),
    // How the process ends is told by the pod's status; here it only matters that it has.
    outcome: (exitCode) =>
      exitCode.then(
        () => SUCCESS,
        () => SUCCESS,
      ),
    failure: (error) => failureStatus(`error attaching to container: ${messageOf(error)}`),
  };
};

function targetOf({ namespace = "", pod = "", container = "", uid }: PathParameters) {
  return { namespace, pod, container, ...(uid !== undefined && { uid }) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

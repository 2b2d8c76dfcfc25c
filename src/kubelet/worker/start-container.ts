import type { Container, Pod } from "#api/generated/core-v1.ts";
import { quote } from "#apimachinery/go-text.ts";
import type { ContainerConfig, ImageStatus } from "#container/runtime.ts";
import type { EventFacts } from "#reconcile/action.ts";
import { ConfigError } from "../containers/config-error.ts";
import { containerConfig } from "../containers/container-config.ts";
import { containerEnvironment } from "../containers/environment.ts";
import { serviceEnvironment } from "../containers/service-environment.ts";
import type { ContainerStart } from "../plan/pod-action.ts";
import { isStaticPod } from "../pod/pod-origin.ts";
import { containerMounts } from "./container-mounts.ts";
import { runHook } from "./lifecycle-hooks.ts";
import type { PodServices } from "./pod-services.ts";
import { StartError } from "./start-error.ts";

export interface StartRequest {
  readonly pod: Pod;
  readonly start: ContainerStart;
  readonly podIPs: readonly string[];
  readonly signal: AbortSignal;
}

/** Errors whose reason says it all: their message stays in the status. */
const REASON_ONLY = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "ErrImageNeverPull",
  "InvalidImageName",
  "ImageInspectError",
]);

/**
 * Starts a container: its image, its configuration, the container itself, its postStart hook (`startContainer`). Every
 * step is told as an event. Rejects with a StartError.
 */
export async function startContainer(request: StartRequest, services: PodServices): Promise<void> {
  const record = recorderFor(request, services);
  try {
    const image = await ensureImage(request, record, services);
    const config = await configOf(request, image, services);
    const containerId = await createAndStart(request, config, { record, services });
    await postStart(request, containerId, { record, services });
  } catch (error) {
    if (error instanceof StartError && error.reason !== "PostStartHookError") {
      const text = REASON_ONLY.has(error.reason) ? error.reason : error.message;
      record({ type: "Warning", reason: "Failed", message: `Error: ${text}` });
    }
    throw error;
  }
}

type Record = (event: EventFacts) => void;

interface Surroundings {
  readonly record: Record;
  readonly services: PodServices;
}

function recorderFor({ pod, start }: StartRequest, { events }: PodServices): Record {
  return (event) => events.record(pod, { ...event, fieldPath: start.fieldPath });
}

async function ensureImage(
  { pod, start, signal }: StartRequest,
  record: Record,
  { images, objects, events }: PodServices,
): Promise<ImageStatus> {
  const { namespace = "" } = pod.metadata;
  const names = (pod.spec.imagePullSecrets ?? []).map(({ name = "" }) => name).filter((name) => name !== "");
  const secrets = names.map((name) => objects.secret(namespace, name));
  const missing = names.filter((_, index) => secrets[index] === undefined);
  if (missing.length > 0) {
    const message = `Unable to retrieve some image pull secrets (${missing.join(", ")}); attempting to pull the image may not succeed.`;
    events.record(pod, { type: "Warning", reason: "FailedToRetrieveImagePullSecret", message });
  }
  const found = secrets.filter((secret) => secret !== undefined);
  return images.ensure({ pod, container: start.container, secrets: found, record, signal });
}

async function configOf(
  { pod, start, podIPs }: StartRequest,
  image: ImageStatus,
  services: PodServices,
): Promise<ContainerConfig> {
  const { objects, node, directories } = services;
  const container: Container = start.container;
  try {
    checkTarget(start);
    const environment = containerEnvironment(pod, container, {
      objects,
      services: serviceVariables(pod, node),
      allocatable: node.allocatable(),
      podIPs,
      hostIPs: node.hostIPs,
    });
    return containerConfig(pod, start, {
      imageId: image.id,
      imageUser: image.user,
      environment,
      mounts: await containerMounts({ pod, container, environment, podIPs }, services),
      memoryCapacityBytes: node.memoryCapacityBytes,
      settings: node.settings,
      seccompDirectory: directories.seccompProfiles,
    });
  } catch (error) {
    if (!(error instanceof ConfigError))
      throw new StartError("CreateContainerConfigError", textOf(error), { cause: error });
    throw new StartError("CreateContainerConfigError", error.message, { cause: error });
  }
}

function checkTarget({ container, pidTarget }: ContainerStart): void {
  const wanted = "targetContainerName" in container ? (container.targetContainerName ?? "") : "";
  if (wanted !== "" && pidTarget === undefined) {
    throw new ConfigError(`unable to find target container ${wanted}`);
  }
}

function serviceVariables(pod: Pod, node: PodServices["node"]): ReadonlyMap<string, string> {
  const services = node.services();
  if (services === undefined && !isStaticPod(pod)) {
    throw new ConfigError("services have not yet been read at least once, cannot construct envvars");
  }
  const { namespace = "" } = pod.metadata;
  return serviceEnvironment(services ?? [], namespace, pod.spec.enableServiceLinks ?? true);
}

async function createAndStart(
  { start, signal }: StartRequest,
  config: ContainerConfig,
  { record, services: { runtime } }: Surroundings,
): Promise<string> {
  const containerId = await runtime
    .createContainer(start.sandboxId, config, signal)
    .catch((error: unknown) => {
      throw new StartError("CreateContainerError", textOf(error), { cause: error });
    });
  record({ type: "Normal", reason: "Created", message: "Container created" });
  try {
    await runtime.startContainer(containerId, signal);
  } catch (error) {
    // The id would make every such event a new one.
    const message = textOf(error).replaceAll(containerId, start.container.name);
    throw new StartError("RunContainerError", message, { cause: error });
  }
  record({ type: "Normal", reason: "Started", message: "Container started" });
  return containerId;
}

/** A container whose hook fails is killed. */
async function postStart(
  { pod, start, podIPs, signal }: StartRequest,
  containerId: string,
  { record, services }: Surroundings,
): Promise<void> {
  const handler = start.container.lifecycle?.postStart;
  if (handler === undefined) return;
  const { runtime } = services;
  const { container } = start;
  try {
    await runHook({ pod, container, containerId, handler, podIP: podIPs[0], signal }, services);
  } catch (error) {
    if (signal.aborted) throw error;
    record({ type: "Warning", reason: "FailedPostStartHook", message: "PostStartHook failed" });
    record({ type: "Normal", reason: "Killing", message: "FailedPostStartHook" });
    await runtime.stopContainer(containerId, pod.spec.terminationGracePeriodSeconds ?? 0, signal);
    throw new StartError("PostStartHookError", textOf(error), { cause: error });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : quote(String(error));
}

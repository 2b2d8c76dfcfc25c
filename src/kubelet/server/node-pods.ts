import type { Pod, PodStatus } from "#api/generated/core-v1.ts";
import type { ContainerRuntime, ContainerStatus, SandboxStatus } from "#container/runtime.ts";
import { ServingError } from "./serving-error.ts";

/** The pods of this node, as the kubelet knows them. Their uids are those under which their containers run. */
export interface NodePods {
  pods(): readonly Pod[];
  /** Undefined for a pod that is not, or no longer, on this node. */
  pod(namespace: string, name: string): Pod | undefined;
  /** The newest status of a pod, which the API server may not know yet; undefined when there is none newer. */
  podStatus(podUid: string): PodStatus | undefined;
}

/** The part of a request's path that names a pod. */
export interface PodTarget {
  readonly namespace: string;
  readonly pod: string;
  /** Present in paths that name the uid too. */
  readonly uid?: string;
}

/** Throws a `ServingError` for a pod that is not here (kubernetes `pkg/kubelet/server/server.go`). */
export function findPod(pods: NodePods, { namespace, pod }: PodTarget): Pod {
  const found = pods.pod(namespace, pod);
  if (found === undefined) throw new ServingError(404, "pod does not exist");
  return found;
}

/** The pod with its newest status. */
export function withNewestStatus(pods: NodePods, pod: Pod): Pod {
  const status = pods.podStatus(pod.metadata.uid);
  return status === undefined ? pod : { ...pod, status };
}

/** A pod's name in the messages of kubelets (kubernetes `kubecontainer.GetPodFullName`). */
export function fullNameOf({ metadata }: Pod): string {
  return `${metadata.name}_${metadata.namespace ?? ""}`;
}

/** The running container of that name; undefined when none runs, or the pod is not the one with the wanted uid. */
export async function findRunningContainer(
  runtime: Pick<ContainerRuntime, "listContainers">,
  { metadata }: Pod,
  { container, uid = metadata.uid }: { readonly container: string; readonly uid?: string },
): Promise<ContainerStatus | undefined> {
  if (uid !== metadata.uid) return undefined;
  const containers = await runtime.listContainers({ podUid: uid });
  return containers.find(({ name, state }) => name === container && state === "running");
}

/** The sandbox that holds the pod's network; undefined when there is none. */
export async function findReadySandbox(
  runtime: Pick<ContainerRuntime, "listSandboxes">,
  { metadata }: Pod,
): Promise<SandboxStatus | undefined> {
  const sandboxes = await runtime.listSandboxes({ podUid: metadata.uid });
  return sandboxes.find(({ state }) => state === "ready");
}

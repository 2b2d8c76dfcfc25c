import type { Node } from "#api/generated/core-v1.ts";
import { parseQuantity, quantityValue } from "#apimachinery/quantity.ts";
import type { Labels } from "#apimachinery/selectors/label-requirement.ts";
import { ownValue } from "#base/own-value.ts";
import type { HostPort } from "./host-ports.ts";
import { hasPodAffinity, type PodInfo } from "./pod-info.ts";
import { addResources, NO_RESOURCES, type Resources, resourcesOf } from "./resources.ts";

/** What a node offers. */
export interface Allocatable extends Resources {
  /** How many pods the node takes. */
  readonly pods: number;
}

/**
 * A node and the pods on it, those included that are about to be bound. It never changes: with another pod it is
 * another value, so that a decision can try something out and forget it.
 */
export interface NodeInfo {
  readonly name: string;
  readonly node: Node;
  readonly labels: Labels;
  readonly allocatable: Allocatable;
  /** Bytes of the images that are on the node, by name. */
  readonly images: ReadonlyMap<string, number>;
  readonly pods: readonly PodInfo[];
  readonly podsWithAffinity: readonly PodInfo[];
  readonly podsWithRequiredAntiAffinity: readonly PodInfo[];
  readonly requested: Resources;
  /** The sum of the pods' `nonZeroRequests`. */
  readonly nonZeroRequested: Resources;
  readonly usedPorts: readonly HostPort[];
}

/** A node without pods. */
export function nodeInfoOf(node: Node): NodeInfo {
  return {
    ...partsOf(node),
    pods: [],
    podsWithAffinity: [],
    podsWithRequiredAntiAffinity: [],
    requested: NO_RESOURCES,
    nonZeroRequested: NO_RESOURCES,
    usedPorts: [],
  };
}

/** The value of a label of the node. */
export function labelOf({ labels }: NodeInfo, name: string): string | undefined {
  return ownValue(labels, name);
}

/** The same pods on a changed node. */
export function withNode(info: NodeInfo, node: Node): NodeInfo {
  return { ...info, ...partsOf(node) };
}

export function withPod(info: NodeInfo, pod: PodInfo): NodeInfo {
  return {
    ...info,
    pods: [...info.pods, pod],
    podsWithAffinity: hasPodAffinity(pod) ? [...info.podsWithAffinity, pod] : info.podsWithAffinity,
    podsWithRequiredAntiAffinity: hasRequiredAntiAffinity(pod)
      ? [...info.podsWithRequiredAntiAffinity, pod]
      : info.podsWithRequiredAntiAffinity,
    requested: addResources(info.requested, pod.requests, 1),
    nonZeroRequested: addResources(info.nonZeroRequested, pod.nonZeroRequests, 1),
    usedPorts: pod.hostPorts.length === 0 ? info.usedPorts : [...info.usedPorts, ...pod.hostPorts],
  };
}

/** Without the pod that has this uid; the same value when there is none. */
export function withoutPod(info: NodeInfo, uid: string): NodeInfo {
  const index = info.pods.findIndex(({ pod }) => pod.metadata.uid === uid);
  const pod = info.pods[index];
  if (pod === undefined) return info;
  const pods = info.pods.toSpliced(index, 1);
  return {
    ...info,
    pods,
    podsWithAffinity: hasPodAffinity(pod) ? pods.filter(hasPodAffinity) : info.podsWithAffinity,
    podsWithRequiredAntiAffinity: hasRequiredAntiAffinity(pod)
      ? pods.filter(hasRequiredAntiAffinity)
      : info.podsWithRequiredAntiAffinity,
    requested: addResources(info.requested, pod.requests, -1),
    nonZeroRequested: addResources(info.nonZeroRequested, pod.nonZeroRequests, -1),
    usedPorts: pod.hostPorts.length === 0 ? info.usedPorts : pods.flatMap(({ hostPorts }) => hostPorts),
  };
}

function hasRequiredAntiAffinity({ affinity }: PodInfo): boolean {
  return affinity.requiredAnti.length > 0;
}

function partsOf(node: Node): Pick<NodeInfo, "name" | "node" | "labels" | "allocatable" | "images"> {
  const { name, labels = {} } = node.metadata;
  return { name, node, labels, allocatable: allocatableOf(node), images: imagesOf(node) };
}

function allocatableOf({ status }: Node): Allocatable {
  const entries = Object.entries(status?.allocatable ?? {});
  const amounts = new Map(entries.map(([name, text]) => [name, parseQuantity(text)]));
  const pods = amounts.get("pods");
  return { ...resourcesOf(amounts), pods: pods === undefined ? 0 : quantityValue(pods) };
}

function imagesOf({ status }: Node): ReadonlyMap<string, number> {
  const images = status?.images ?? [];
  return new Map(images.flatMap(({ names, sizeBytes = 0 }) => names.map((name) => [name, sizeBytes])));
}

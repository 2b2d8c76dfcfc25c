import type { Node, Pod } from "#api/generated/core-v1.ts";
import type { PodInfo } from "./pod-info.ts";

export type PodAction =
  | "Add"
  | "Delete"
  /** A change that is none of the following. */
  | "Update"
  | "UpdatePodLabel"
  /** Some request has become smaller. */
  | "UpdatePodScaleDown"
  | "UpdatePodToleration"
  /** The last scheduling gate is gone. */
  | "UpdatePodSchedulingGatesEliminated";

export type NodeAction =
  | "Add"
  | "Delete"
  | "UpdateNodeAllocatable"
  | "UpdateNodeLabel"
  /** Of the taints, or the node can be scheduled to again. */
  | "UpdateNodeTaint"
  | "UpdateNodeCondition"
  | "UpdateNodeAnnotation"
  | "UpdateNodeDeclaredFeature";

/** An object before and after a change: without `object` it is gone, without `previous` it is new. */
export type Changed<T> =
  | { readonly previous?: undefined; readonly object: T }
  | { readonly previous: T; readonly object: T }
  | { readonly previous: T; readonly object?: undefined };

/** A change of the cluster that may let a pod be scheduled which was rejected before. */
export type ClusterEvent =
  /** Of a pod that is on a node, or is about to be. */
  | { readonly resource: "AssignedPod"; readonly action: PodAction; readonly change: Changed<Pod> }
  /** Of a pod that waits. */
  | { readonly resource: "UnschedulablePod"; readonly action: PodAction; readonly change: Changed<Pod> }
  | { readonly resource: "Node"; readonly action: NodeAction; readonly change: Changed<Node> };

/** Which events a plugin wants to hear of for pods that it rejected. */
export type EventRegistration =
  | {
      readonly resource: "Pod";
      readonly actions: readonly PodAction[];
      /** The queueing hint: whether the change may help the rejected pod. Default: it may. */
      readonly mayHelp?: (rejected: PodInfo, change: Changed<Pod>) => boolean;
    }
  | {
      readonly resource: "Node";
      readonly actions: readonly NodeAction[];
      readonly mayHelp?: (rejected: PodInfo, change: Changed<Node>) => boolean;
    };

/** Whether the registration asks for the event and its hint says that the event may help the pod. */
export function mayHelp(registration: EventRegistration, rejected: PodInfo, event: ClusterEvent): boolean {
  if (!isRegistered(registration, event)) return false;
  if (registration.resource === "Node") {
    return event.resource === "Node" && (registration.mayHelp?.(rejected, event.change) ?? true);
  }
  return event.resource !== "Node" && (registration.mayHelp?.(rejected, event.change) ?? true);
}

export function isRegistered({ resource, actions }: EventRegistration, event: ClusterEvent): boolean {
  const isAboutPods = event.resource !== "Node";
  return (resource === "Pod") === isAboutPods && (actions as readonly string[]).includes(event.action);
}

/** The name of an event in metrics. */
export function eventLabel({ resource, action }: ClusterEvent): string {
  return `${resource}${action}`;
}

/**
 * Why a plugin does not want a pod, or does not want it on a node. It is a decision: success is the absence of a
 * rejection, and what upstream calls the status `Error` is an exception.
 */
export interface Rejection {
  /** After `UnschedulableAndUnresolvable` preemption is not tried: taking other pods away would not help. */
  readonly code: "Unschedulable" | "UnschedulableAndUnresolvable";
  /** In Kubernetes' words; users see them counted in events and conditions. */
  readonly reasons: readonly string[];
}

/** A rejection and the plugin that it comes from. */
export interface PluginRejection extends Rejection {
  readonly plugin: string;
}

/** What a plugin answers that has nothing to do with a pod: its part of the cycle is left out. */
export const SKIP: unique symbol = Symbol("skip");

export function unschedulable(...reasons: readonly string[]): Rejection {
  return { code: "Unschedulable", reasons };
}

export function unresolvable(...reasons: readonly string[]): Rejection {
  return { code: "UnschedulableAndUnresolvable", reasons };
}

import type { Node, Pod } from "#api/generated/core-v1.ts";
import type { KubeletSettings } from "../kubelet-settings.ts";

/** Why a pod cannot run on this node, as its status says it. */
export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

export interface AdmissionFacts {
  readonly pod: Pod;
  readonly node: Node;
  /** The other pods of the node that have not ended. */
  readonly others: readonly Pod[];
  readonly settings: Pick<KubeletSettings, "allowedUnsafeSysctls">;
}

/** One reason to turn a pod away; pure. */
export type AdmissionCheck = (facts: AdmissionFacts) => Rejection | undefined;

/** How the kubelet words what a scheduler's plug-in found. */
export function predicateFailed(name: string, why: string): Rejection {
  return { reason: name, message: `Predicate ${name} failed: ${why}` };
}

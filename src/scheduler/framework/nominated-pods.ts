import type { PodInfo } from "./pod-info.ts";

/** Pods that have been promised room on a node, which others are making for them. */
export interface NominatedPods {
  on(nodeName: string): readonly PodInfo[];
}

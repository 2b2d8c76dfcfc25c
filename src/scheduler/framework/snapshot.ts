import type { NodeInfo } from "./node-info.ts";

/** The nodes and their pods at one moment. It never changes. */
export interface Snapshot {
  /** In the order in which they are tried, zones taking turns. */
  readonly nodes: readonly NodeInfo[];
  get(name: string): NodeInfo | undefined;
  readonly nodesWithPodAffinity: readonly NodeInfo[];
  readonly nodesWithRequiredAntiAffinity: readonly NodeInfo[];
  /** On how many nodes the image is. */
  imageSpread(image: string): number;
}

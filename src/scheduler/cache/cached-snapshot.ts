import type { NodeInfo } from "../framework/node-info.ts";
import type { Snapshot } from "../framework/snapshot.ts";

export interface SnapshotParts {
  readonly nodes: readonly NodeInfo[];
  /** Where each node is in `nodes`. */
  readonly positions: ReadonlyMap<string, number>;
  /** On how many nodes each image is. */
  readonly imageSpread: ReadonlyMap<string, number>;
}

/** A snapshot that shares with the next one what has not changed. */
export class CachedSnapshot implements Snapshot {
  readonly parts: SnapshotParts;
  #withPodAffinity: readonly NodeInfo[] | undefined;
  #withRequiredAntiAffinity: readonly NodeInfo[] | undefined;

  constructor(parts: SnapshotParts) {
    this.parts = parts;
  }

  get nodes(): readonly NodeInfo[] {
    return this.parts.nodes;
  }

  get nodesWithPodAffinity(): readonly NodeInfo[] {
    this.#withPodAffinity ??= this.nodes.filter(({ podsWithAffinity }) => podsWithAffinity.length > 0);
    return this.#withPodAffinity;
  }

  get nodesWithRequiredAntiAffinity(): readonly NodeInfo[] {
    this.#withRequiredAntiAffinity ??= this.nodes.filter(
      ({ podsWithRequiredAntiAffinity }) => podsWithRequiredAntiAffinity.length > 0,
    );
    return this.#withRequiredAntiAffinity;
  }

  get(name: string): NodeInfo | undefined {
    return this.nodes[this.parts.positions.get(name) ?? -1];
  }

  imageSpread(image: string): number {
    return this.parts.imageSpread.get(image) ?? 0;
  }
}

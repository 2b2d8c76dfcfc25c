import { labelOf, type NodeInfo } from "../../framework/node-info.ts";

/**
 * How many pods are counted at each place of the cluster: a label of nodes and a value of it. With a change it is
 * another value; what it shares with the first makes that cheap.
 */
export class TopologyCounts {
  readonly #base: ReadonlyMap<string, number>;
  /** What was added to the base, which only ever concerns few places. */
  readonly #added: ReadonlyMap<string, number>;
  /** The labels that have been counted for. */
  readonly labels: ReadonlySet<string>;
  readonly total: number;

  private constructor(
    base: ReadonlyMap<string, number>,
    added: ReadonlyMap<string, number>,
    labels: ReadonlySet<string>,
    total: number,
  ) {
    this.#base = base;
    this.#added = added;
    this.labels = labels;
    this.total = total;
  }

  /**
   * Counts each node at its places for the labels that `labelsFor` gives, once for each time that it gives one. A
   * node that does not have a label has no place for it.
   */
  static of(nodes: readonly NodeInfo[], labelsFor: (node: NodeInfo) => readonly string[]): TopologyCounts {
    const counts = new Map<string, number>();
    const labels = new Set<string>();
    let total = 0;
    for (const node of nodes) {
      for (const label of labelsFor(node)) {
        const place = placeOf(node, label);
        if (place === undefined) continue;
        counts.set(place, (counts.get(place) ?? 0) + 1);
        labels.add(label);
        total += 1;
      }
    }
    return new TopologyCounts(counts, new Map(), labels, total);
  }

  /** The count at the node's place for the label, 0 when it has none. */
  at(node: NodeInfo, label: string): number {
    const place = placeOf(node, label);
    return place === undefined ? 0 : (this.#base.get(place) ?? 0) + (this.#added.get(place) ?? 0);
  }

  /** With the node counted `amount` times more for each of the labels. */
  with(node: NodeInfo, labels: readonly string[], amount: 1 | -1): TopologyCounts {
    const places = labels.flatMap((label) => placeOf(node, label) ?? []);
    if (places.length === 0) return this;
    const added = new Map(this.#added);
    for (const place of places) added.set(place, (added.get(place) ?? 0) + amount);
    const allLabels = new Set([...this.labels, ...labels]);
    return new TopologyCounts(this.#base, added, allLabels, this.total + amount * places.length);
  }
}

/** Neither labels nor their values contain the separator. */
function placeOf(node: NodeInfo, label: string): string | undefined {
  const value = labelOf(node, label);
  return value === undefined ? undefined : `${label}\0${value}`;
}

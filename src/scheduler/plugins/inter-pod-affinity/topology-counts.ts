import { labelOf, type NodeInfo } from "../../framework/node-info.ts";

/** Counts by label, and by the value of it. */
type Counts = ReadonlyMap<string, ReadonlyMap<string, number>>;

const NONE: Counts = new Map();

/**
 * How many pods are counted at each place of the cluster: a label of nodes and a value of it. With a change it is
 * another value; what it shares with the first makes that cheap.
 */
export class TopologyCounts {
  readonly #base: Counts;
  /** What was added to the base, which only ever concerns few places. */
  readonly #added: Counts;
  /** The labels that have been counted for. */
  readonly labels: ReadonlySet<string>;
  readonly total: number;

  private constructor(base: Counts, added: Counts, total: number) {
    this.#base = base;
    this.#added = added;
    this.labels = new Set([...base.keys(), ...added.keys()]);
    this.total = total;
  }

  /**
   * Counts each node at its places for the labels that `labelsFor` gives, once for each time that it gives one. A
   * node that does not have a label has no place for it.
   */
  static of(nodes: readonly NodeInfo[], labelsFor: (node: NodeInfo) => readonly string[]): TopologyCounts {
    const counts = new Map<string, Map<string, number>>();
    let total = 0;
    for (const node of nodes) {
      for (const label of labelsFor(node)) total += count(counts, node, label, 1);
    }
    return new TopologyCounts(counts, NONE, total);
  }

  /** The count at the node's place for the label, 0 when it has none. */
  at(node: NodeInfo, label: string): number {
    const value = labelOf(node, label);
    if (value === undefined) return 0;
    return (this.#base.get(label)?.get(value) ?? 0) + (this.#added.get(label)?.get(value) ?? 0);
  }

  /** With the node counted `amount` times more for each of the labels. */
  with(node: NodeInfo, labels: readonly string[], amount: 1 | -1): TopologyCounts {
    if (labels.length === 0) return this;
    const added = new Map(Array.from(this.#added, ([label, values]) => [label, new Map(values)]));
    const change = labels.reduce((sum, label) => sum + count(added, node, label, amount), 0);
    return new TopologyCounts(this.#base, added, this.total + change);
  }
}

/** Counts the node at its place for the label, and returns by how much; that is 0 when it has none. */
function count(
  counts: Map<string, Map<string, number>>,
  node: NodeInfo,
  label: string,
  amount: 1 | -1,
): number {
  const value = labelOf(node, label);
  if (value === undefined) return 0;
  const byValue = counts.get(label);
  if (byValue === undefined) counts.set(label, new Map([[value, amount]]));
  else byValue.set(value, (byValue.get(value) ?? 0) + amount);
  return amount;
}

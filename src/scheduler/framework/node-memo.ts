import { LruMap } from "#base/lru-map.ts";
import type { NodeInfo } from "./node-info.ts";

/** So many different questions are remembered: as many kinds of pods are scheduled again and again. */
const CAPACITY = 64;

/**
 * Remembers what was computed of nodes. A node that has other pods than before is another value, so that only the
 * few nodes that have changed since the last pod of a kind are looked at again.
 */
export class NodeMemo {
  readonly #results = new LruMap<string, WeakMap<NodeInfo, unknown>>(CAPACITY);

  /** `compute`, done once for each node. It may depend on the node and on what `key` says, and on nothing else. */
  of<T extends object | number>(key: string, compute: (node: NodeInfo) => T): (node: NodeInfo) => T {
    const known = this.#results.get(key) ?? new WeakMap<NodeInfo, unknown>();
    this.#results.set(key, known);
    return (node) => {
      // What is stored under the key was computed for the same question.
      const found = known.get(node) as T | undefined;
      if (found !== undefined) return found;
      const computed = compute(node);
      known.set(node, computed);
      return computed;
    };
  }
}

import type { Node, Pod } from "#api/generated/core-v1.ts";
import { type NodeInfo, nodeInfoOf, withNode, withoutPod, withPod } from "../framework/node-info.ts";
import { type PodInfo, podInfoOf } from "../framework/pod-info.ts";
import type { Snapshot } from "../framework/snapshot.ts";
import { CachedSnapshot, type SnapshotParts } from "./cached-snapshot.ts";
import { ImageSpread } from "./image-spread.ts";
import { NodeOrder } from "./node-order.ts";

interface Placed {
  readonly nodeName: string;
  /** The decision is made and the API server does not show it yet. */
  readonly isAssumed: boolean;
}

/**
 * The nodes and the pods on them, as far as the API server tells and the scheduler has decided. Pods of a node that
 * is not known, or not any more, are kept for when it comes; snapshots leave it out.
 */
export class SchedulerCache {
  readonly #nodes = new Map<string, NodeInfo>();
  readonly #order = new NodeOrder();
  readonly #images = new ImageSpread();
  /** Where each pod is, by its uid. */
  readonly #placed = new Map<string, Placed>();
  #assumed = 0;
  /** Nodes that the last snapshot does not show as they are. */
  readonly #changed = new Set<string>();
  #isOrderChanged = false;
  #snapshot = new CachedSnapshot({ nodes: [], positions: new Map(), imageSpread: new Map() });

  /** How much there is, for metrics. */
  get size(): { readonly nodes: number; readonly pods: number; readonly assumedPods: number } {
    return { nodes: this.#order.size, pods: this.#placed.size, assumedPods: this.#assumed };
  }

  /** Adds the node or replaces what is known of it. */
  putNode(node: Node): void {
    const { name } = node.metadata;
    const before = this.#nodes.get(name);
    const after = before === undefined ? nodeInfoOf(node) : withNode(before, node);
    this.#images.change(before?.images.keys() ?? [], after.images.keys());
    this.#set(after);
    this.#isOrderChanged = this.#order.put(node) || this.#isOrderChanged;
  }

  removeNode(name: string): void {
    const before = this.#nodes.get(name);
    if (before === undefined || !this.#order.delete(name)) return;
    this.#isOrderChanged = true;
    this.#images.change(before.images.keys(), []);
    this.#changed.add(name);
    if (before.pods.length === 0) this.#nodes.delete(name);
    else this.#nodes.set(name, withNode(before, unknownNode(name)));
  }

  /** Takes the pod as on its node from now on, until it is put there or forgotten. */
  assumePod(pod: PodInfo, nodeName: string): void {
    const { uid, name } = pod.pod.metadata;
    if (this.#placed.has(uid)) throw new RangeError(`Cannot assume pod "${name}": it is on a node already`);
    this.#place(pod, { nodeName, isAssumed: true });
  }

  /** Takes an assumption back; true if there was one. */
  forgetPod(uid: string): boolean {
    if (!this.isAssumed(uid)) return false;
    this.removePod(uid);
    return true;
  }

  isAssumed(uid: string): boolean {
    return this.#placed.get(uid)?.isAssumed === true;
  }

  /** The node that the pod is on, or is assumed to be. */
  nodeOf(uid: string): string | undefined {
    return this.#placed.get(uid)?.nodeName;
  }

  /** Adds a pod that is on a node, confirms that it is where it was assumed, or replaces what is known of it. */
  putPod(pod: Pod): void {
    this.removePod(pod.metadata.uid);
    this.#place(podInfoOf(pod), { nodeName: pod.spec.nodeName ?? "", isAssumed: false });
  }

  removePod(uid: string): void {
    const placed = this.#placed.get(uid);
    const node = this.#nodes.get(placed?.nodeName ?? "");
    if (placed === undefined || node === undefined) return;
    this.#placed.delete(uid);
    this.#assumed -= Number(placed.isAssumed);
    const after = withoutPod(node, uid);
    const isUnknown = this.#isUnknown(node);
    if (isUnknown && after.pods.length === 0) this.#nodes.delete(node.name);
    else this.#set(after);
  }

  /** What is known now. As long as nothing changes it is the same value. */
  snapshot(): Snapshot {
    const imageSpread = this.#images.current();
    const { parts } = this.#snapshot;
    if (this.#changed.size === 0 && !this.#isOrderChanged && parts.imageSpread === imageSpread) {
      return this.#snapshot;
    }
    const next = this.#isOrderChanged ? this.#reordered() : this.#updated(parts);
    this.#snapshot = new CachedSnapshot({ ...next, imageSpread });
    this.#changed.clear();
    this.#isOrderChanged = false;
    return this.#snapshot;
  }

  #place(pod: PodInfo, placed: Placed): void {
    const { nodeName, isAssumed } = placed;
    this.#placed.set(pod.pod.metadata.uid, placed);
    this.#assumed += Number(isAssumed);
    this.#set(withPod(this.#nodes.get(nodeName) ?? nodeInfoOf(unknownNode(nodeName)), pod));
  }

  #set(info: NodeInfo): void {
    this.#nodes.set(info.name, info);
    this.#changed.add(info.name);
  }

  #isUnknown({ node }: NodeInfo): boolean {
    return node.metadata.uid === "";
  }

  #reordered(): Pick<SnapshotParts, "nodes" | "positions"> {
    const nodes = this.#order.names().flatMap((name) => this.#nodes.get(name) ?? []);
    return { nodes, positions: new Map(nodes.map(({ name }, position) => [name, position])) };
  }

  #updated({ nodes, positions }: SnapshotParts): Pick<SnapshotParts, "nodes" | "positions"> {
    const next = nodes.slice();
    for (const name of this.#changed) {
      const position = positions.get(name);
      const info = this.#nodes.get(name);
      if (position !== undefined && info !== undefined) next[position] = info;
    }
    return { nodes: next, positions };
  }
}

/** Stands for a node that there is no object for. */
function unknownNode(name: string): Node {
  return { apiVersion: "v1", kind: "Node", metadata: { name, uid: "" }, spec: {} };
}

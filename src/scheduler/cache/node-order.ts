import type { Node } from "#api/generated/core-v1.ts";
import { ownValue } from "#base/own-value.ts";

/**
 * The names of the nodes in the order in which they are tried: zones take turns, so that the first nodes that are
 * found are not all in the same one (upstream `backend/cache/node_tree.go`).
 */
export class NodeOrder {
  /** Zones, and the nodes in each, in the order in which they came. */
  readonly #zones = new Map<string, Set<string>>();
  readonly #zoneOf = new Map<string, string>();

  get size(): number {
    return this.#zoneOf.size;
  }

  /** Adds the node, or moves it when its zone has changed. True when the order is another now. */
  put(node: Node): boolean {
    const { name } = node.metadata;
    const zone = zoneOf(node);
    if (this.#zoneOf.get(name) === zone) return false;
    this.delete(name);
    const members = this.#zones.get(zone) ?? new Set<string>();
    this.#zones.set(zone, members.add(name));
    this.#zoneOf.set(name, zone);
    return true;
  }

  delete(name: string): boolean {
    const zone = this.#zoneOf.get(name);
    if (zone === undefined) return false;
    this.#zoneOf.delete(name);
    const members = this.#zones.get(zone);
    members?.delete(name);
    if (members?.size === 0) this.#zones.delete(zone);
    return true;
  }

  names(): readonly string[] {
    const zones = Array.from(this.#zones.values(), (members) => [...members]);
    const rounds = Math.max(0, ...zones.map(({ length }) => length));
    return Array.from({ length: rounds }, (_, round) =>
      zones.flatMap((members) => members[round] ?? []),
    ).flat();
  }
}

/** Region and zone, by the labels of today and those of old. */
function zoneOf({ metadata }: Node): string {
  const label = (name: string): string | undefined => ownValue(metadata.labels, name);
  const zone = label("topology.kubernetes.io/zone") ?? label("failure-domain.beta.kubernetes.io/zone") ?? "";
  const region =
    label("topology.kubernetes.io/region") ?? label("failure-domain.beta.kubernetes.io/region") ?? "";
  return `${region}\0${zone}`;
}

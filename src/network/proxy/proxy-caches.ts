import type { Node, Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { type KubeObject, objectKey } from "#apimachinery/meta.ts";
import { abortable } from "#base/disposable.ts";
import type { Informer } from "#reconcile/informer.ts";
import type { Change } from "#reconcile/object-cache.ts";
import type { SharedInformers } from "#reconcile/shared-informers.ts";
import { serviceKeyOf } from "./plan-services.ts";
import type { ProxyNode } from "./proxy-node.ts";

const SLICES_OF_SERVICE = "slices-of-service";
const ZONE_LABEL = "topology.kubernetes.io/zone";

export type NodePlace = Pick<ProxyNode, "zone" | "addresses">;

/** What is known of Services, their endpoints and the own node, and which Services have changed since the last look. */
export class ProxyCaches {
  readonly #nodeName: string;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #nodes: Informer<Node>;
  readonly #dirty = new Set<string>();
  #wake: (() => void) | undefined;

  constructor(informers: SharedInformers, nodeName: string) {
    this.#nodeName = nodeName;
    this.#services = informers.informer("Service");
    this.#slices = informers.informer("EndpointSlice");
    this.#nodes = informers.informer("Node", { fieldSelector: `metadata.name=${nodeName}` });
    this.#slices.addIndex(SLICES_OF_SERVICE, (slice) => [serviceKeyOf(slice) ?? ""]);
  }

  /** Resolves when everything is known for the first time. */
  get synced(): Promise<unknown> {
    return Promise.all([this.#services.synced, this.#slices.synced, this.#nodes.synced]);
  }

  /** Where the node is. */
  get place(): NodePlace {
    const node = this.#nodes.get("", this.#nodeName);
    const internal = (node?.status?.addresses ?? []).filter(({ type }) => type === "InternalIP");
    return {
      zone: node?.metadata.labels?.[ZONE_LABEL],
      addresses: internal.map(({ address }) => address),
    };
  }

  /** Notes from now on which Services change, and calls `changed` each time. */
  follow(changed: () => void): Disposable {
    const stack = new DisposableStack();
    let { place } = this;
    const note = (keys: Iterable<string>): void => {
      for (const key of keys) this.#dirty.add(key);
      if (this.#dirty.size === 0) return;
      changed();
      this.#wake?.();
    };
    stack.use(this.#services.onChange((changes) => note(keysOf(changes, keyOf))));
    stack.use(this.#slices.onChange((changes) => note(keysOf(changes, serviceKeyOf))));
    stack.use(
      this.#nodes.onChange(() => {
        if (Bun.deepEquals(place, this.place)) return;
        ({ place } = this);
        note(this.services().map(keyOf));
      }),
    );
    return stack;
  }

  services(): readonly Service[] {
    return this.#services.list();
  }

  service(key: string): Service | undefined {
    const [namespace = "", name = ""] = key.split("/");
    return this.#services.get(namespace, name);
  }

  slicesOf(key: string): readonly EndpointSlice[] {
    return this.#slices.byIndex(SLICES_OF_SERVICE, key);
  }

  /** The Services that have changed since the last call. */
  takeChanged(): readonly string[] {
    const keys = [...this.#dirty];
    this.#dirty.clear();
    return keys;
  }

  /** Makes the Services count as changed again. */
  putBack(keys: Iterable<string>): void {
    for (const key of keys) this.#dirty.add(key);
  }

  /** Resolves when a Service has changed since `takeChanged`. */
  async somethingChanged(signal: AbortSignal): Promise<void> {
    if (this.#dirty.size > 0) return;
    const woken = Promise.withResolvers<void>();
    this.#wake = woken.resolve;
    await abortable(woken.promise, signal);
    this.#wake = undefined;
  }
}

/** The Services that the changed objects belong to now or belonged to before. */
function keysOf<T extends KubeObject>(
  changes: readonly Change<T>[],
  keyOfService: (object: T) => string | undefined,
): readonly string[] {
  return changes
    .flatMap((change) => (change.type === "updated" ? [change.object, change.previous] : [change.object]))
    .map(keyOfService)
    .filter((key) => key !== undefined);
}

function keyOf({ metadata }: KubeObject): string {
  return objectKey(metadata);
}

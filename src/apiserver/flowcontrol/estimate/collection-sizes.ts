import type { RequestTarget } from "#apimachinery/request.ts";
import type { Clock } from "#base/clock.ts";
import type { Store } from "#store/store.ts";
import type { KindRegistry } from "../../registry/kind-registry.ts";
import type { ServedResource } from "../../registry/served-resource.ts";
import type { CollectionSize } from "./list-seats.ts";

/** The average of the first so many objects stands for all. */
const SAMPLE = 100;

/** How long an average is good: upstream counts once a minute. */
const AVERAGE_MS = 60_000;

export interface CollectionSizesDependencies {
  readonly registry: Pick<KindRegistry, "find">;
  readonly store: Pick<Store, "count" | "list">;
  readonly clock: Pick<Clock, "now">;
}

/** How many objects of a resource are stored, in all namespaces, and how large they are. */
export class CollectionSizes {
  readonly #dependencies: CollectionSizesDependencies;
  readonly #averages = new WeakMap<
    ServedResource,
    { readonly bytes: number; readonly count: number; readonly until: number }
  >();

  constructor(dependencies: CollectionSizesDependencies) {
    this.#dependencies = dependencies;
  }

  /** Undefined for what is not served here. */
  of(target: RequestTarget): CollectionSize | undefined {
    const served = this.#dependencies.registry.find(target);
    if (served === undefined) return undefined;
    const count = this.#dependencies.store.count(served.prefix);
    return { count, averageBytes: count === 0 ? 0 : this.#averageOf(served, count) };
  }

  #averageOf(served: ServedResource, count: number): number {
    const now = this.#dependencies.clock.now();
    const known = this.#averages.get(served);
    const isGood = known !== undefined && now < known.until && count < 2 * known.count;
    if (isGood) return known.bytes;
    const { entries } = this.#dependencies.store.list(served.prefix, { limit: SAMPLE });
    const bytes = entries.reduce((sum, { value }) => sum + value.length, 0) / entries.length;
    this.#averages.set(served, { bytes, count, until: now + AVERAGE_MS });
    return bytes;
  }
}

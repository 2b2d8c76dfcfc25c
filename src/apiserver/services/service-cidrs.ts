import type { ServiceCIDR } from "#api/generated/networking-v1.ts";
import { findCondition } from "#apimachinery/conditions.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { formatCIDR, parseCIDR } from "#base/cidr.ts";
import type { ObjectFollower } from "../storage/follow-objects.ts";
import type { IPFamily } from "./ip-families.ts";
import { ServiceIPRange } from "./ip-range.ts";

/** The ServiceCIDR that stands for the ranges which this server is started with. */
export const DEFAULT_SERVICE_CIDR = "kubernetes";

interface Source {
  readonly ranges: readonly ServiceIPRange[];
  readonly isReady: boolean;
}

/**
 * The ranges that Services get addresses from: those of all ServiceCIDRs (KEP-1880). The ranges that the server is
 * started with stand in for the default one as long as nobody has created it.
 */
export class ServiceCIDRs implements ObjectFollower {
  /** Families of the cluster; the first is that of Services that do not care. */
  readonly families: readonly IPFamily[];
  readonly #sources: Map<string, Source>;
  readonly #configured: Source;

  constructor(configured: readonly ServiceIPRange[]) {
    this.families = configured.map(({ family }) => family);
    this.#configured = { ranges: configured, isReady: true };
    this.#sources = new Map([[DEFAULT_SERVICE_CIDR, this.#configured]]);
  }

  /** Each range of the family that new addresses may be taken from, once; the default ones are first. */
  rangesOf(family: string): readonly ServiceIPRange[] {
    const ready = [...this.#sources.values()].filter(({ isReady }) => isReady);
    return distinct(ready.flatMap((source) => source.ranges.filter((range) => range.family === family)));
  }

  /** Each range, once, whether or not new addresses may be taken from it. */
  ranges(): readonly ServiceIPRange[] {
    return distinct([...this.#sources.values()].flatMap((source) => source.ranges));
  }

  put(object: KubeObject): void {
    const { metadata, spec, status } = object as ServiceCIDR;
    const ranges = (spec.cidrs ?? []).map((text) => parseCIDR(text)).filter((cidr) => cidr !== undefined);
    this.#sources.set(metadata.name, {
      ranges: ranges.map((cidr) => new ServiceIPRange(cidr)),
      // Who has no condition yet is ready, so that nothing waits for a controller.
      isReady:
        (metadata.deletionTimestamp ?? null) === null &&
        (findCondition(status?.conditions, "Ready")?.status ?? "True") === "True",
    });
  }

  remove({ metadata: { name } }: KubeObject): void {
    if (name === DEFAULT_SERVICE_CIDR) this.#sources.set(name, this.#configured);
    else this.#sources.delete(name);
  }
}

function distinct(ranges: readonly ServiceIPRange[]): readonly ServiceIPRange[] {
  return [...new Map(ranges.map((range) => [formatCIDR(range.cidr), range])).values()];
}

import type { Node } from "#api/generated/core-v1.ts";
import type { Clock } from "#base/clock.ts";
import type { AddressFamily } from "../../nft/address-family.ts";

/** What `/healthz` and `/livez` answer (pkg/proxy/healthcheck/proxy_health.go). */
export interface ProxyHealthReport {
  readonly lastUpdated: string;
  readonly currentTime: string;
  /** Only in the answer of `/healthz`. */
  readonly nodeEligible?: boolean;
  readonly healthy: boolean;
  readonly status: Readonly<Record<string, { readonly lastUpdated: string; readonly healthy: boolean }>>;
}

type FamilyName = AddressFamily["name"];

/** kube-proxy's period of synchronization. */
const SYNC_PERIOD_MS = 30_000;

/** The taint by which the cluster autoscaler announces that it will remove a node. */
const TO_BE_DELETED_TAINT = "ToBeDeletedByClusterAutoscaler";

const NEVER = "0001-01-01T00:00:00Z";

/** Whether the rules of each family keep up with what the API server says. */
export class ProxyHealth {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #updated = new Map<FamilyName, number>();
  /** Since when a family has changes that are not in its rules. */
  readonly #pending = new Map<FamilyName, number>();

  /** A change that is not in the rules after two periods of synchronization makes the proxy unhealthy. */
  constructor(clock: Clock, syncPeriodMs = SYNC_PERIOD_MS) {
    this.#clock = clock;
    this.#timeoutMs = 2 * syncPeriodMs;
  }

  /** There is something new that has to get into the rules. */
  queued(family: FamilyName): void {
    if (!this.#pending.has(family)) this.#pending.set(family, this.#clock.now());
  }

  /** The rules are what they have to be. */
  updated(family: FamilyName): void {
    this.#pending.delete(family);
    this.#updated.set(family, this.#clock.now());
  }

  get isHealthy(): boolean {
    return [...this.#updated.keys()].every((family) => this.#isInTime(family));
  }

  /** With a node the answer says whether it may get traffic, and the proxy of one that may not is not healthy. */
  report(): ProxyHealthReport {
    const now = timeOf(this.#clock.now());
    const families = [...this.#updated].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const last = Math.max(...this.#updated.values());
    return {
      lastUpdated: this.#updated.size === 0 ? NEVER : timeOf(last),
      currentTime: now,
      healthy: this.isHealthy,
      status: Object.fromEntries(
        families.map(([family, updated]) => [
          family,
          { lastUpdated: timeOf(updated), healthy: this.#isInTime(family) },
        ]),
      ),
    };
  }

  #isInTime(family: FamilyName): boolean {
    const since = this.#pending.get(family);
    return since === undefined || this.#clock.now() - since < this.#timeoutMs;
  }
}

/** Whether load balancers may send new connections to the node. */
export function isNodeEligible(node: Node | undefined): boolean {
  if (node === undefined || node.metadata.deletionTimestamp !== undefined) return false;
  return !(node.spec?.taints ?? []).some(({ key }) => key === TO_BE_DELETED_TAINT);
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

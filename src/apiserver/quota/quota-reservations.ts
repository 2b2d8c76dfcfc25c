import type { QuotaEvaluator } from "#api/core/v1/quota/quota-evaluator.ts";
import type { ResourceQuota } from "#api/generated/core-v1.ts";
import { isConflict, isNotFound, type StatusError } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import type { ClusterView } from "../admission/admission-plugin.ts";
import type { LimitedResource } from "./limited-resources.ts";
import { enter, planReservations, type QuotaRequest, type Reservation, release } from "./plan-reservation.ts";

export interface QuotaReservationsDependencies {
  readonly cluster: Pick<ClusterView, "list">;
  readonly clock: Pick<Clock, "now">;
  /** Replaces the status of a quota. Rejects with Conflict unless its resourceVersion is the stored one. */
  readonly write: (quota: ResourceQuota) => Promise<unknown>;
  /** Default: nothing. */
  readonly limited?: readonly LimitedResource[];
}

export interface NamespacedRequest extends QuotaRequest {
  readonly namespace: string;
  readonly evaluator: QuotaEvaluator;
  readonly dryRun: boolean;
}

/** What a request has taken; it gives it back when it fails. */
export interface Granted {
  readonly release: () => Promise<void>;
}

type Outcome = Granted | string | StatusError;

interface Waiting {
  readonly request: NamespacedRequest;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
  /** What has been written already, by uid of the quota. */
  readonly taken: Map<string, Reservation>;
}

/** What a request is about to take. */
interface Claim {
  readonly waiting: Waiting;
  readonly reservations: readonly Reservation[];
}

/** How often other writers may come first (apiserver `resourcequota.checkQuotas`). */
const MAX_ATTEMPTS = 4;

/**
 * Takes what requests need of the quotas of their namespace before they are stored, so that no two get the same rest.
 * Requests that come while a quota is written wait, and go into its next write together.
 */
export class QuotaReservations {
  readonly #dependencies: QuotaReservationsDependencies;
  /** By namespace; a queue is there while somebody serves it. */
  readonly #queues = new Map<string, Waiting[]>();

  constructor(dependencies: QuotaReservationsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Undefined where no quota has anything to say, a text or an error where one is against the request. */
  reserve(request: NamespacedRequest): Promise<Outcome> | undefined {
    if (this.#limited.length === 0 && this.#quotasOf(request.namespace).length === 0) return undefined;
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    this.#enqueue({ request, resolve, reject, taken: new Map() });
    return promise;
  }

  #enqueue(waiting: Waiting): void {
    const { namespace } = waiting.request;
    const queue = this.#queues.get(namespace);
    if (queue !== undefined) {
      queue.push(waiting);
      return;
    }
    this.#queues.set(namespace, [waiting]);
    void this.#serve(namespace);
  }

  async #serve(namespace: string): Promise<void> {
    for (;;) {
      const batch = this.#queues.get(namespace) ?? [];
      if (batch.length === 0) break;
      this.#queues.set(namespace, []);
      try {
        await this.#settle(namespace, batch);
      } catch (error) {
        // Those that come next are served nevertheless.
        this.#fail(batch, error);
      }
    }
    this.#queues.delete(namespace);
  }

  #fail(batch: readonly Waiting[], error: unknown): void {
    for (const waiting of batch) {
      waiting.reject(error);
      void this.#release(waiting);
    }
  }

  /** Those that are refused drop out; the others are granted once every quota has been written. */
  async #settle(namespace: string, batch: readonly Waiting[]): Promise<void> {
    const written = new Set<string>();
    let open = batch;
    for (let attempt = 1; open.length > 0; attempt += 1) {
      const quotas = this.#quotasOf(namespace).filter(({ metadata }) => !written.has(metadata.uid));
      const { next, claims } = this.#plan(quotas, open);
      open = claims.map(({ waiting }) => waiting);
      const failure = await this.#writeAll(next, claims, written);
      if (failure === undefined) break;
      if (isRace(failure) && attempt < MAX_ATTEMPTS) continue;
      this.#fail(open, failure);
      return;
    }
    for (const waiting of open) waiting.resolve({ release: () => this.#release(waiting) });
  }

  /** Asks the quotas, as each request leaves them, about the next. */
  #plan(
    quotas: readonly ResourceQuota[],
    batch: readonly Waiting[],
  ): { readonly next: readonly ResourceQuota[]; readonly claims: readonly Claim[] } {
    const current = new Map(quotas.map((quota) => [quota.metadata.uid, quota]));
    const claims = batch.flatMap((waiting): Claim[] => {
      const { request, resolve } = waiting;
      const now = this.#dependencies.clock.now();
      const rules = { quotas: [...current.values()], limited: this.#limited };
      const plan = planReservations(request, rules, request.evaluator, now);
      if (!isGranted(plan)) {
        resolve(plan);
        void this.#release(waiting);
        return [];
      }
      const reservations = request.dryRun ? [] : plan;
      for (const each of reservations) current.set(each.quota.metadata.uid, enter(each));
      return [{ waiting, reservations }];
    });
    return { next: [...current.values()].filter((quota) => !quotas.includes(quota)), claims };
  }

  /** The last failure, if there was one. */
  async #writeAll(
    quotas: readonly ResourceQuota[],
    claims: readonly Claim[],
    written: Set<string>,
  ): Promise<unknown> {
    let failure: unknown;
    for (const quota of quotas) {
      const { uid } = quota.metadata;
      try {
        await this.#dependencies.write(quota);
      } catch (error) {
        failure = error;
        continue;
      }
      written.add(uid);
      for (const { waiting, reservations } of claims) {
        const found = reservations.find((each) => each.quota.metadata.uid === uid);
        if (found !== undefined) waiting.taken.set(uid, found);
      }
    }
    return failure;
  }

  /** What cannot be given back is counted anew by the controller of quotas. */
  async #release({ request, taken }: Waiting): Promise<void> {
    for (const [uid, { amounts }] of taken) {
      taken.delete(uid);
      for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
        const quota = this.#quotasOf(request.namespace).find(({ metadata }) => metadata.uid === uid);
        if (quota === undefined) break;
        if ((await this.#writeAll([release({ quota, amounts })], [], new Set())) === undefined) break;
      }
    }
  }

  get #limited(): readonly LimitedResource[] {
    return this.#dependencies.limited ?? [];
  }

  #quotasOf(namespace: string): readonly ResourceQuota[] {
    return this.#dependencies.cluster.list("ResourceQuota", namespace);
  }
}

function isGranted(plan: ReturnType<typeof planReservations>): plan is readonly Reservation[] {
  return Array.isArray(plan);
}

/** Somebody else has written the quota, or deleted it. */
function isRace(error: unknown): boolean {
  return isConflict(error) || isNotFound(error);
}

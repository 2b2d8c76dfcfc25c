import type { TokenRequest } from "#api/generated/authentication-v1.ts";
import type { Pod, ServiceAccountTokenProjection } from "#api/generated/core-v1.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import { VolumeError } from "./volume-error.ts";

/** A token for pods, and when to ask for the next one: milliseconds since the epoch. */
export interface PodToken {
  readonly token: string;
  readonly refreshAt: number;
}

export interface TokenSource {
  /** The present token of the pod's service account. Rejects with a VolumeError when there is none. */
  tokenFor(pod: Pod, projection: ServiceAccountTokenProjection): Promise<PodToken>;
  /** Forgets the tokens of a pod. */
  forget(podUid: string): void;
}

export interface TokenDependencies {
  readonly client: Pick<Client, "createSubresource">;
  readonly clock: Pick<Clock, "now">;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** The numbers of `pkg/kubelet/token/token_manager.go`. */
const DEFAULT_EXPIRATION_SECONDS = 3600;
const MAX_AGE_MS = 24 * 3_600_000;
const MAX_JITTER_MS = 10_000;
const REFRESH_SHARE = 0.8;
/** After a failure the token in hand serves on until this later look. */
const RETRY_MS = 30_000;
const CLOCK_SLACK_MS = 60_000;

interface KnownToken extends PodToken {
  readonly requestedAt: number;
  readonly expiresAt: number;
}

/** Asks the API server for tokens that are bound to a pod, and renews them at 80 % of their life. */
export class ServiceAccountTokens implements TokenSource {
  readonly #dependencies: TokenDependencies;
  readonly #known = new Map<string, Map<string, KnownToken>>();

  constructor(dependencies: TokenDependencies) {
    this.#dependencies = dependencies;
  }

  async tokenFor(pod: Pod, projection: ServiceAccountTokenProjection): Promise<PodToken> {
    const key = JSON.stringify([projection.audience ?? "", projection.expirationSeconds ?? 0]);
    const ofPod = this.#known.get(pod.metadata.uid) ?? new Map<string, KnownToken>();
    const known = ofPod.get(key);
    const now = this.#dependencies.clock.now();
    // From a time that is to come is a token of before the clock was set, which the API server refuses.
    const isOfNow = known !== undefined && now >= known.requestedAt - CLOCK_SLACK_MS;
    if (isOfNow && now < known.refreshAt) return known;
    const fresh = await this.#renew(pod, projection, known);
    ofPod.set(key, fresh);
    this.#known.set(pod.metadata.uid, ofPod);
    return fresh;
  }

  forget(podUid: string): void {
    this.#known.delete(podUid);
  }

  async #renew(
    pod: Pod,
    projection: ServiceAccountTokenProjection,
    known: KnownToken | undefined,
  ): Promise<KnownToken> {
    try {
      return await this.#request(pod, projection);
    } catch (error) {
      const { clock, logger } = this.#dependencies;
      const message = error instanceof Error ? error.message : String(error);
      if (known === undefined) {
        throw VolumeError.unavailable(`failed to fetch token: ${message}`, { cause: error });
      }
      if (known.expiresAt <= clock.now()) {
        throw VolumeError.unavailable(`token expired and refresh failed: ${message}`, { cause: error });
      }
      logger.warn("Could not renew service account token", { pod: pod.metadata.name, error });
      return { ...known, refreshAt: clock.now() + RETRY_MS };
    }
  }

  async #request(
    { metadata, spec }: Pod,
    { audience = "", expirationSeconds = DEFAULT_EXPIRATION_SECONDS }: ServiceAccountTokenProjection,
  ): Promise<KnownToken> {
    const { client, clock, random } = this.#dependencies;
    const { name, namespace = "", uid } = metadata;
    const account = { namespace, name: spec.serviceAccountName ?? "" };
    const body = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: {},
      spec: {
        audiences: audience === "" ? [] : [audience],
        expirationSeconds,
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
      },
    };
    const { status } = await client.createSubresource<TokenRequest>("ServiceAccount", account, "token", body);
    const now = clock.now();
    const expiresAt = Date.parse(status?.expirationTimestamp ?? "") || now + expirationSeconds * 1000;
    const life = Math.min((expiresAt - now) * REFRESH_SHARE, MAX_AGE_MS);
    return {
      token: status?.token ?? "",
      requestedAt: now,
      expiresAt,
      refreshAt: now + life - random() * Math.min(MAX_JITTER_MS, life / 10),
    };
  }
}

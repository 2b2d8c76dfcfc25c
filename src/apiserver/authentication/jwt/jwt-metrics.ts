/** What Kubernetes counts of tokens of OpenID Connect (apiserver `token/oidc/metrics.go`). */
import { createHash } from "node:crypto";
import type { ReadValue } from "#observability/metric-family.ts";
import type { Histogram, Metrics } from "#observability/metrics.ts";

type Result = "success" | "failure";

const PREFIX = "apiserver_authentication_jwt_authenticator";

/** Metrics tell issuers and servers apart by digests of their names. */
export class JwtMetrics {
  readonly #durations: Histogram<"result" | "jwt_issuer_hash">;
  readonly #serverHash: string;
  /** When keys were last fetched, and not, in seconds since the epoch; by issuer. */
  readonly #fetches = new Map<string, Map<Result, number>>();
  /** What was fetched last. */
  readonly #keySets = new Map<string, string>();

  constructor(metrics: Metrics, { serverId }: { readonly serverId: string }) {
    this.#serverHash = hashOf(serverId);
    this.#durations = metrics.histogram({
      name: `${PREFIX}_latency_seconds`,
      help: "Latency of jwt authentication operations in seconds. This is the time spent authenticating a token for cache miss only (i.e. when the token is not found in the cache).",
      stability: "ALPHA",
      labels: ["result", "jwt_issuer_hash"],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    });
    metrics.readGauges(
      {
        name: `${PREFIX}_jwks_fetch_last_timestamp_seconds`,
        help: "Timestamp of the last successful or failed JWKS fetch split by result, api server identity and jwt issuer for the JWT authenticator.",
        stability: "ALPHA",
      },
      () => this.#fetchTimes(),
    );
    metrics.readGauges(
      {
        name: `${PREFIX}_jwks_fetch_last_key_set_info`,
        help: "Information about the last JWKS fetched by the JWT authenticator with hash as label, split by api server identity and jwt issuer.",
        stability: "ALPHA",
      },
      () => this.#fetchedSets(),
    );
  }

  authenticated(issuer: string, result: Result, seconds: number): void {
    this.#durations.observe({ result, jwt_issuer_hash: hashOf(issuer) }, seconds);
  }

  /** `keySet` is what an issuer has answered; undefined for nothing that could be used. */
  fetched(issuer: string, keySet: string | undefined, nowMs: number): void {
    const times = this.#fetches.get(issuer) ?? new Map<Result, number>();
    this.#fetches.set(issuer, times.set(keySet === undefined ? "failure" : "success", nowMs / 1000));
    if (keySet !== undefined) this.#keySets.set(issuer, hashOf(keySet));
  }

  /** Keeps what is known of these issuers alone. */
  retain(issuers: readonly string[]): void {
    for (const known of [this.#fetches, this.#keySets])
      for (const issuer of known.keys()) if (!issuers.includes(issuer)) known.delete(issuer);
  }

  #fetchTimes(): readonly ReadValue[] {
    return [...this.#fetches].flatMap(([issuer, times]) =>
      [...times].map(([result, value]) => ({
        labels: { result, jwt_issuer_hash: hashOf(issuer), apiserver_id_hash: this.#serverHash },
        value,
      })),
    );
  }

  #fetchedSets(): readonly ReadValue[] {
    return [...this.#keySets].map(([issuer, hash]) => ({
      labels: { jwt_issuer_hash: hashOf(issuer), apiserver_id_hash: this.#serverHash, hash },
      value: 1,
    }));
  }
}

function hashOf(text: string): string {
  return text === "" ? "" : `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

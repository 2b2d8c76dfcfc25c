import { type CompactVerifyGetKey, createRemoteJWKSet, customFetch } from "jose";
import type { Clock } from "#base/clock.ts";
import { AuthenticationError } from "#https/authenticator.ts";
import { askIssuer } from "./ask-issuer.ts";
import type { Issuer } from "./authentication-configuration.ts";
import type { JwtMetrics } from "./jwt-metrics.ts";

const CONFIGURATION_PATH = "/.well-known/openid-configuration";

/** An issuer that did not answer is not asked again before this time has passed. */
const RETRY_MS = 10_000;

/**
 * The keys that an issuer signs with, by OpenID Connect Discovery 1.0. It is asked when they are first needed, and again when
 * a token names one that is not known yet.
 */
export class IssuerKeys {
  readonly #issuer: Issuer;
  readonly #clock: Clock;
  readonly #metrics: Pick<JwtMetrics, "fetched">;
  #keys: Promise<CompactVerifyGetKey> | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(
    issuer: Issuer,
    { clock, metrics }: { readonly clock: Clock; readonly metrics: Pick<JwtMetrics, "fetched"> },
  ) {
    this.#issuer = issuer;
    this.#clock = clock;
    this.#metrics = metrics;
  }

  /** Rejects with an `AuthenticationError` as long as the issuer cannot be reached. */
  async find(): Promise<CompactVerifyGetKey> {
    if (this.#keys === undefined) {
      if (this.#clock.now() < this.#failedAt + RETRY_MS) {
        throw new AuthenticationError("oidc: authenticator not initialized");
      }
      this.#keys = this.#discover();
    }
    try {
      return await this.#keys;
    } catch (cause) {
      this.#keys = undefined;
      this.#failedAt = this.#clock.now();
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new AuthenticationError(`oidc: authenticator not initialized: ${why}`, { cause });
    }
  }

  async #discover(): Promise<CompactVerifyGetKey> {
    const { url, discoveryURL = "" } = this.#issuer;
    const answer = await this.#fetch(discoveryURL || url.replace(/\/$/, "") + CONFIGURATION_PATH);
    if (!answer.ok) throw new Error(`${String(answer.status)} ${answer.statusText}`);
    const { issuer: named, jwks_uri: keysUrl } = (await answer.json()) as Record<string, unknown>;
    if (named !== url) {
      throw new Error(
        `issuer did not match the issuer returned by provider, expected "${url}" got "${String(named)}"`,
      );
    }
    if (typeof keysUrl !== "string") throw new Error("provider did not return JWKS URL");
    return createRemoteJWKSet(new URL(keysUrl), {
      cooldownDuration: RETRY_MS,
      [customFetch]: (address, init) => this.#fetchKeys(address, init.headers),
    });
  }

  /** What comes of it is counted. */
  async #fetchKeys(url: string, headers: Headers): Promise<Response> {
    let keySet: string | undefined;
    try {
      const answer = await this.#fetch(url, headers);
      const text = await answer.clone().text();
      if (answer.ok && isKeySet(text)) keySet = text;
      return answer;
    } finally {
      this.#metrics.fetched(this.#issuer.url, keySet, this.#clock.now());
    }
  }

  #fetch(url: string, headers?: Headers): Promise<Response> {
    return askIssuer(this.#issuer, { url, ...(headers && { headers }) }, { clock: this.#clock });
  }
}

function isKeySet(text: string): boolean {
  try {
    return Array.isArray((JSON.parse(text) as { readonly keys?: unknown }).keys);
  } catch {
    // The issuer has answered something else than JSON.
    return false;
  }
}

import {
  type CompactVerifyGetKey,
  compactVerify,
  createRemoteJWKSet,
  customFetch,
  type JWTPayload,
} from "jose";
import { quote } from "#apimachinery/go-text.ts";
import { AUTHENTICATED_GROUP, type UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import { AuthenticationError, CREDENTIAL_ID, type TokenAuthenticator } from "#https/authenticator.ts";
import { unverifiedIssuer } from "./unverified-issuer.ts";

export interface OidcOptions {
  /** The URL that tokens name as `iss`, under which its configuration is found. */
  readonly issuer: string;
  /** The audience that tokens must have. */
  readonly clientId: string;
  readonly usernameClaim: string;
  readonly usernamePrefix: string;
  /** Empty for users without groups. */
  readonly groupsClaim: string;
  readonly groupsPrefix: string;
  /** Values that claims must have. */
  readonly requiredClaims: Readonly<Record<string, string>>;
  readonly signingAlgorithms: readonly string[];
  /** PEM of whom to trust for the issuer's certificate; default: whom the host trusts. */
  readonly authority?: string;
}

const CONFIGURATION_PATH = "/.well-known/openid-configuration";

/** An issuer that did not answer is not asked again before this time has passed. */
const RETRY_MS = 10_000;
const TIMEOUT_MS = 30_000;

/** How much a token may be ahead of this clock; none outlives its end (go-oidc `Verify`). */
const NOT_BEFORE_LEEWAY_SECONDS = 300;

/**
 * Knows users by the tokens of an OpenID Connect provider (apiserver `token/oidc`). It is asked for its keys when the first
 * token of its comes, and again when one names a key that is not known yet.
 */
export class OidcTokens implements TokenAuthenticator {
  readonly #options: OidcOptions;
  readonly #clock: Clock;
  #keys: Promise<CompactVerifyGetKey> | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(options: OidcOptions, { clock }: { readonly clock: Clock }) {
    this.#options = options;
    this.#clock = clock;
  }

  async authenticateToken(token: string): Promise<UserInfo | undefined> {
    if (unverifiedIssuer(token) !== this.#options.issuer) return undefined;
    const claims = await this.#verify(token, await this.#findKeys());
    checkAudience(claims, this.#options.clientId);
    checkTimes(claims, this.#clock.now() / 1000);
    return userOf(claims, this.#options);
  }

  async #verify(token: string, keys: CompactVerifyGetKey): Promise<JWTPayload> {
    const algorithms = [...this.#options.signingAlgorithms];
    try {
      const { payload } = await compactVerify(token, keys, { algorithms });
      return JSON.parse(new TextDecoder().decode(payload)) as JWTPayload;
    } catch (cause) {
      throw refusal(`oidc: verify token: ${messageOf(cause)}`, cause);
    }
  }

  async #findKeys(): Promise<CompactVerifyGetKey> {
    if (this.#keys === undefined) {
      if (this.#clock.now() < this.#failedAt + RETRY_MS) throw refusal("oidc: authenticator not initialized");
      this.#keys = this.#discover();
    }
    try {
      return await this.#keys;
    } catch (cause) {
      this.#keys = undefined;
      this.#failedAt = this.#clock.now();
      throw refusal(`oidc: authenticator not initialized: ${messageOf(cause)}`, cause);
    }
  }

  async #discover(): Promise<CompactVerifyGetKey> {
    const { issuer } = this.#options;
    const answer = await this.#fetch(issuer.replace(/\/$/, "") + CONFIGURATION_PATH);
    if (!answer.ok) throw new Error(`${String(answer.status)} ${answer.statusText}`);
    const { issuer: named, jwks_uri: keysUrl } = (await answer.json()) as Record<string, unknown>;
    if (named !== issuer) {
      throw new Error(
        `issuer did not match the issuer returned by provider, expected "${issuer}" got "${String(named)}"`,
      );
    }
    if (typeof keysUrl !== "string") throw new Error("provider did not return JWKS URL");
    return createRemoteJWKSet(new URL(keysUrl), {
      cooldownDuration: RETRY_MS,
      [customFetch]: (url, init) => this.#fetch(url, { headers: init.headers }),
    });
  }

  async #fetch(url: string, init: { readonly headers?: Headers } = {}): Promise<Response> {
    const { authority } = this.#options;
    const limit = new AbortController();
    using _timer = this.#clock.after(TIMEOUT_MS, () => limit.abort(new Error("timeout")));
    return await fetch(url, {
      ...init,
      signal: limit.signal,
      ...(authority !== undefined && { tls: { ca: authority } }),
    });
  }
}

function checkAudience({ aud = [] }: JWTPayload, clientId: string): void {
  const audiences = typeof aud === "string" ? [aud] : aud;
  if (audiences.includes(clientId)) return;
  const got = audiences.map(quote).join(" ");
  throw refusal(`oidc: verify token: oidc: expected audience ${quote(clientId)} got [${got}]`);
}

/** A token without an end has ended. */
function checkTimes({ exp = 0, nbf = 0 }: JWTPayload, nowSeconds: number): void {
  if (!(exp >= nowSeconds)) throw refusal("oidc: verify token: oidc: token is expired");
  if (!(nbf <= nowSeconds + NOT_BEFORE_LEEWAY_SECONDS)) {
    throw refusal("oidc: verify token: oidc: current time is before the nbf (not before) time");
  }
}

function userOf(claims: JWTPayload, options: OidcOptions): UserInfo {
  const { usernameClaim, usernamePrefix, requiredClaims } = options;
  const username = claims[usernameClaim];
  if (typeof username !== "string") throw refusal(`oidc: parse username claims "${usernameClaim}"`);
  if (usernameClaim === "email" && (claims["email_verified"] ?? true) !== true) {
    throw refusal("oidc: email not verified");
  }
  const missing = Object.entries(requiredClaims).find(([claim, value]) => claims[claim] !== value);
  if (missing !== undefined) throw refusal(`oidc: required claim ${missing[0]} value does not match`);
  return {
    name: usernamePrefix + username,
    groups: [...new Set([...groupsOf(claims, options), AUTHENTICATED_GROUP])],
    ...(typeof claims.jti === "string" &&
      claims.jti !== "" && { extra: { [CREDENTIAL_ID]: [`JTI=${claims.jti}`] } }),
  };
}

/** One text stands for a list of it. */
function groupsOf(claims: JWTPayload, { groupsClaim, groupsPrefix }: OidcOptions): readonly string[] {
  const claim = groupsClaim === "" ? [] : (claims[groupsClaim] ?? []);
  const groups: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return groups.map((group) => {
    if (typeof group !== "string") throw refusal(`oidc: parse groups claim "${groupsClaim}"`);
    return groupsPrefix + group;
  });
}

function refusal(message: string, cause?: unknown): AuthenticationError {
  return new AuthenticationError(message, { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

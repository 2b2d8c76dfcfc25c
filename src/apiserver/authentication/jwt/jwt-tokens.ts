import { type CompactVerifyGetKey, compactVerify } from "jose";
import { quote } from "#apimachinery/go-text.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import { AuthenticationError, type TokenAuthenticator } from "#https/authenticator.ts";
import { unverifiedIssuer } from "../unverified-issuer.ts";
import { askIssuer } from "./ask-issuer.ts";
import type { JWTAuthenticator } from "./authentication-configuration.ts";
import { type ClaimPrograms, compilePrograms } from "./claim-programs.ts";
import { type ClaimEndpoint, expandClaims } from "./distributed-claims.ts";
import { IssuerKeys } from "./issuer-keys.ts";
import type { JwtMetrics } from "./jwt-metrics.ts";
import type { LazyExpressions } from "./lazy-expressions.ts";
import { type Claims, mapClaims } from "./map-claims.ts";

/** All that a token can be signed with. Secrets that both sides share are not among them. */
export const SIGNING_ALGORITHMS: readonly string[] = ["RS", "ES", "PS"].flatMap((family) =>
  ["256", "384", "512"].map((size) => family + size),
);

export interface JwtTokensOptions {
  readonly authenticator: JWTAuthenticator;
  readonly signingAlgorithms: readonly string[];
}

interface JwtTokensDependencies {
  readonly expressions: LazyExpressions;
  readonly clock: Clock;
  readonly metrics: Pick<JwtMetrics, "authenticated" | "fetched">;
}

/** There are few of them; more would be somebody's fault. */
const MAX_OTHER_ISSUERS = 16;
const UNCOUNTED = { fetched: () => undefined };

/** How much a token may be ahead of this clock; none outlives its end (go-oidc `Verify`). */
const NOT_BEFORE_LEEWAY_SECONDS = 300;

/** An issuer that has been known under two names (OpenID Connect Core 1.0, section 15.6.2). */
const GOOGLE = "https://accounts.google.com";
const OLD_GOOGLE = "accounts.google.com";

/** Knows users by the tokens of one issuer, as its authenticator says (apiserver `token/oidc`). */
export class JwtTokens implements TokenAuthenticator {
  readonly #options: JwtTokensOptions;
  readonly #clock: Clock;
  readonly #metrics: JwtTokensDependencies["metrics"];
  readonly #keys: IssuerKeys;
  readonly #otherKeys = new Map<string, IssuerKeys>();
  readonly #programs: ClaimPrograms;

  constructor(options: JwtTokensOptions, { expressions, clock, metrics }: JwtTokensDependencies) {
    this.#options = options;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#keys = new IssuerKeys(options.authenticator.issuer, { clock, metrics });
    this.#programs = compilePrograms(options.authenticator, expressions);
  }

  /** Rejects with an `AuthenticationError` as long as the issuer cannot be reached. */
  async ready(): Promise<void> {
    await this.#keys.find();
  }

  async authenticateToken(token: string): Promise<UserInfo | undefined> {
    const { url } = this.#options.authenticator.issuer;
    const issuer = unverifiedIssuer(token);
    if (issuer !== url && !(issuer === OLD_GOOGLE && url === GOOGLE)) return undefined;
    const startedAt = this.#clock.now();
    let result: "success" | "failure" = "failure";
    try {
      const user = await this.#userOf(token);
      result = "success";
      return user;
    } finally {
      this.#metrics.authenticated(url, result, (this.#clock.now() - startedAt) / 1000);
    }
  }

  async #userOf(token: string): Promise<UserInfo> {
    const { authenticator } = this.#options;
    const own = await this.#claimsOf(token, this.#keys);
    const { claim = "" } = authenticator.claimMappings.groups ?? {};
    const claims =
      claim === "" ? own : await expandClaims(own, claim, (endpoint) => this.#fetchClaims(endpoint));
    return mapClaims(claims, authenticator, this.#programs);
  }

  async #claimsOf(token: string, keys: IssuerKeys): Promise<Claims> {
    const claims = await this.#verify(token, await keys.find());
    checkAudience(claims, this.#options.authenticator.issuer.audiences);
    checkTimes(claims, this.#clock.now() / 1000);
    return claims;
  }

  /** What an endpoint knows of a user is a token, too; its issuer may be another one. */
  async #fetchClaims({ url, accessToken }: ClaimEndpoint): Promise<Claims> {
    const { issuer } = this.#options.authenticator;
    const headers = new Headers(accessToken === "" ? {} : { authorization: `Bearer ${accessToken}` });
    const answer = await askIssuer(issuer, { url, headers }, { clock: this.#clock });
    if (!answer.ok) {
      // A body that nobody reads would keep its connection.
      await answer.body?.cancel();
      throw new Error(
        `error while getting distributed claim JWT: ${String(answer.status)} ${answer.statusText}`,
      );
    }
    const token = await answer.text();
    return await this.#claimsOf(token, this.#keysOf(unverifiedIssuer(token) ?? ""));
  }

  /** Of issuers that endpoints of claims have named. */
  #keysOf(url: string): IssuerKeys {
    const { issuer } = this.#options.authenticator;
    if (url === issuer.url) return this.#keys;
    const known = this.#otherKeys.get(url);
    if (known !== undefined) return known;
    const { discoveryURL: _, ...trusted } = issuer;
    const keys = new IssuerKeys({ ...trusted, url }, { clock: this.#clock, metrics: UNCOUNTED });
    if (this.#otherKeys.size >= MAX_OTHER_ISSUERS) this.#otherKeys.clear();
    this.#otherKeys.set(url, keys);
    return keys;
  }

  async #verify(token: string, keys: CompactVerifyGetKey): Promise<Claims> {
    const algorithms = [...this.#options.signingAlgorithms];
    try {
      const { payload } = await compactVerify(token, keys, { algorithms });
      return JSON.parse(new TextDecoder().decode(payload)) as Claims;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new AuthenticationError(`oidc: verify token: ${why}`, { cause });
    }
  }
}

function checkAudience({ aud }: Claims, accepted: readonly string[]): void {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : typeof aud === "string" ? [aud] : [];
  if (accepted.some((audience) => named.includes(audience))) return;
  const got = `[${named.map((each) => quote(String(each))).join(" ")}]`;
  const [only = "", ...others] = accepted;
  const expected = others.length === 0 ? quote(only) : `in [${accepted.toSorted().map(quote).join(" ")}]`;
  throw new AuthenticationError(`oidc: verify token: oidc: expected audience ${expected} got ${got}`);
}

/** A token without an end has ended. */
function checkTimes({ exp, nbf = 0 }: Claims, nowSeconds: number): void {
  if (!(typeof exp === "number" && exp >= nowSeconds)) {
    throw new AuthenticationError("oidc: verify token: oidc: token is expired");
  }
  if (!(typeof nbf === "number" && nbf <= nowSeconds + NOT_BEFORE_LEEWAY_SECONDS)) {
    throw new AuthenticationError(
      "oidc: verify token: oidc: current time is before the nbf (not before) time",
    );
  }
}

import type { KubeObject } from "#apimachinery/meta.ts";
import { serviceAccountUser, type UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import {
  AuthenticationError,
  type AuthenticationNotes,
  CREDENTIAL_ID,
  type TokenAuthenticator,
} from "#https/authenticator.ts";
import type { TokenReviewer } from "../reviews/token-review.ts";
import type { BoundIdentity, ObjectIdentity } from "../subresources/token-issuer.ts";
import { acceptedAudiences } from "./accepted-audiences.ts";
import { RememberedTokens } from "./remembered-tokens.ts";
import { parseServiceAccountClaims, type ServiceAccountClaims } from "./service-account-claims.ts";
import type { TokenCacheMetrics } from "./token-cache-metrics.ts";
import type { TokenUse } from "./token-uses.ts";
import { unverifiedIssuer } from "./unverified-issuer.ts";

/** Finds the objects that tokens are bound to, in their newest state; see `ClusterObjects`. */
export interface BoundObjects {
  get(
    kind: "ServiceAccount" | "Pod" | "Secret" | "Node",
    name: { readonly namespace?: string; readonly name: string },
  ): KubeObject | undefined;
}

/** Checks signatures; see `ServiceAccountKeys`. */
export interface TokenVerifier {
  /** The claims; rejects for a token that this cluster has not signed. */
  verify(token: string): Promise<Readonly<Record<string, unknown>>>;
}

export interface ServiceAccountTokenOptions {
  /** Whose tokens are good. */
  readonly issuers: readonly string[];
  /** Audiences of the API server itself: a token for others does not open it. */
  readonly audiences: readonly string[];
}

interface ServiceAccountTokenDependencies {
  readonly keys: TokenVerifier;
  readonly objects: BoundObjects;
  readonly count: (use: TokenUse) => void;
  readonly cache: Pick<TokenCacheMetrics, "hit" | "miss">;
  readonly clock: Pick<Clock, "now">;
}

/** Clocks may differ by this much, and a token outlives what it is bound to by this much (go-jose's leeway). */
const LEEWAY_SECONDS = 60;

interface VerifiedToken {
  readonly claims: ServiceAccountClaims;
  readonly user: UserInfo;
}

/**
 * Knows the tokens that this cluster has issued (kubernetes `pkg/serviceaccount`). The signature of a token is verified
 * once; its time, its audiences and the objects that it is bound to are checked whenever it is shown.
 */
export class ServiceAccountTokens implements TokenAuthenticator, TokenReviewer {
  readonly audiences: readonly string[];
  readonly #issuers: readonly (string | undefined)[];
  readonly #dependencies: ServiceAccountTokenDependencies;
  readonly #verified: RememberedTokens<VerifiedToken>;

  constructor(
    { issuers, audiences }: ServiceAccountTokenOptions,
    dependencies: ServiceAccountTokenDependencies,
  ) {
    this.#issuers = issuers;
    this.audiences = audiences;
    this.#dependencies = dependencies;
    this.#verified = new RememberedTokens(dependencies.cache);
  }

  /** The keys are others: signatures that were good are verified anew. */
  forgetVerified(): void {
    this.#verified.forget();
  }

  async authenticateToken(token: string, notes?: AuthenticationNotes): Promise<UserInfo | undefined> {
    return (await this.reviewToken(token, this.audiences, notes))?.user;
  }

  async reviewToken(token: string, audiences: readonly string[], notes?: AuthenticationNotes) {
    if (!this.#verified.has(token) && !this.#issuers.includes(unverifiedIssuer(token))) return undefined;
    const { claims, user } = await this.#verified.read(token, () => this.#verify(token));
    const accepted = acceptedAudiences(claims.aud, audiences);
    const { objects, clock } = this.#dependencies;
    checkTime(claims, clock.now() / 1000);
    checkIdentity(claims["kubernetes.io"], objects, clock.now());
    this.#noteAge(claims, notes);
    return { user, audiences: accepted };
  }

  /** Whether a token should have been replaced by now, for those that live for longer than was asked for. */
  #noteAge({ sub, "kubernetes.io": identity }: ServiceAccountClaims, notes?: AuthenticationNotes): void {
    const { warnafter = 0 } = identity;
    if (warnafter === 0) return;
    const { count, clock } = this.#dependencies;
    const now = clock.now();
    const isStale = now > warnafter * 1000;
    count(isStale ? "stale" : "valid");
    if (!isStale) return;
    const seconds = String(Math.floor(now / 1000) - Math.floor(warnafter));
    notes?.annotate(
      "authentication.k8s.io/stale-token",
      `subject: ${sub}, seconds after warning threshold: ${seconds}`,
    );
  }

  async #verify(token: string): Promise<VerifiedToken> {
    const claims = parseServiceAccountClaims(await verifySignature(token, this.#dependencies.keys));
    if (claims === undefined) throw new AuthenticationError("token has not the claims of a service account");
    if (!this.#issuers.includes(claims.iss))
      throw new AuthenticationError(`token issuer "${claims.iss}" is invalid`);
    return { claims, user: userOf(claims) };
  }
}

/** The claims of a token that the keys have signed. */
export async function verifySignature(token: string, keys: TokenVerifier) {
  try {
    return await keys.verify(token);
  } catch (cause) {
    throw new AuthenticationError("token has an invalid signature", { cause });
  }
}

function checkTime({ exp, nbf, iat }: ServiceAccountClaims, nowSeconds: number): void {
  if (nowSeconds - LEEWAY_SECONDS > exp) throw new AuthenticationError("service account token has expired");
  if (nowSeconds + LEEWAY_SECONDS < nbf) {
    throw new AuthenticationError("service account token is not valid yet");
  }
  if (nowSeconds + LEEWAY_SECONDS < iat) {
    throw new AuthenticationError("service account token is issued in the future");
  }
}

function checkIdentity(identity: BoundIdentity, objects: BoundObjects, now: number): void {
  const { namespace, serviceaccount, pod, secret, node } = identity;
  const check = (kind: Parameters<BoundObjects["get"]>[0], ref: ObjectIdentity) =>
    checkBound(kind, objects.get(kind, { namespace, name: ref.name }), ref, now);
  check("ServiceAccount", serviceaccount);
  if (secret !== undefined) check("Secret", secret);
  if (pod !== undefined) check("Pod", pod);
  // A pod's token names its node only for information: the token stays valid when the node has gone.
  else if (node !== undefined) checkBound("Node", objects.get("Node", { name: node.name }), node, now);
}

function checkBound(kind: string, found: KubeObject | undefined, ref: ObjectIdentity, now: number): void {
  if (found === undefined) throw new AuthenticationError(`${kind} "${ref.name}" of the token does not exist`);
  const { uid, deletionTimestamp } = found.metadata;
  if (uid !== ref.uid) {
    throw new AuthenticationError(`${kind} UID (${uid}) does not match claim (${ref.uid ?? ""})`);
  }
  const deletedAt = Date.parse(deletionTimestamp ?? "");
  if (deletedAt < now - LEEWAY_SECONDS * 1000) {
    throw new AuthenticationError(`${kind} "${ref.name}" of the token has been deleted`);
  }
}

function userOf({ jti, "kubernetes.io": identity }: ServiceAccountClaims): UserInfo {
  const { namespace, serviceaccount, pod, node } = identity;
  const extra = {
    ...(pod && identityExtra("pod", pod)),
    ...(jti !== "" && { [CREDENTIAL_ID]: [`JTI=${jti}`] }),
    ...(node && identityExtra("node", node)),
  };
  return {
    ...serviceAccountUser(namespace, serviceaccount.name),
    ...(serviceaccount.uid !== undefined && { uid: serviceaccount.uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

function identityExtra(kind: "pod" | "node", { name, uid }: ObjectIdentity) {
  const key = `authentication.kubernetes.io/${kind}`;
  return { [`${key}-name`]: [name], ...(uid !== undefined && { [`${key}-uid`]: [uid] }) };
}

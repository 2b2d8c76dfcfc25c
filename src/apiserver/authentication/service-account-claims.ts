import type { BoundIdentity, ObjectIdentity } from "../subresources/token-issuer.ts";

/**
 * The claims of service account tokens (kubernetes `pkg/serviceaccount/claims.go`, KEP-1205 and KEP-4193).
 */
export interface ServiceAccountClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  /** Times are seconds since the epoch. */
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  /** Unlike any other token's. */
  readonly jti: string;
  readonly "kubernetes.io": BoundIdentity;
}

/**
 * Reads the claims of a token whose signature is good. Undefined when they are not those of a service account:
 * the same key may sign other things.
 */
export function parseServiceAccountClaims(
  claims: Readonly<Record<string, unknown>>,
): ServiceAccountClaims | undefined {
  const { iss, sub, aud, exp, iat, nbf, jti } = claims;
  const identity = parseIdentity(claims["kubernetes.io"]);
  const audiences = typeof aud === "string" ? [aud] : isTextList(aud) ? aud : undefined;
  const isComplete =
    typeof iss === "string" && typeof sub === "string" && typeof exp === "number" && audiences !== undefined;
  if (!isComplete || identity === undefined) return undefined;
  return {
    iss,
    sub,
    aud: audiences,
    exp,
    iat: typeof iat === "number" ? iat : 0,
    nbf: typeof nbf === "number" ? nbf : 0,
    jti: typeof jti === "string" ? jti : "",
    "kubernetes.io": identity,
  };
}

function parseIdentity(value: unknown): BoundIdentity | undefined {
  if (!isRecord(value)) return undefined;
  const { namespace } = value;
  const serviceaccount = parseObject(value["serviceaccount"]);
  if (typeof namespace !== "string" || serviceaccount === undefined) return undefined;
  const pod = parseObject(value["pod"]);
  const secret = parseObject(value["secret"]);
  const node = parseObject(value["node"]);
  const { warnafter } = value;
  return {
    namespace,
    serviceaccount,
    ...(pod && { pod }),
    ...(secret && { secret }),
    ...(node && { node }),
    ...(typeof warnafter === "number" && { warnafter }),
  };
}

function parseObject(value: unknown): ObjectIdentity | undefined {
  if (!isRecord(value) || typeof value["name"] !== "string") return undefined;
  const { name, uid } = value;
  return { name, ...(typeof uid === "string" && { uid }) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

import { serviceAccountUserName } from "#apimachinery/user.ts";
import type { TokenIssuer, TokenLifetimes } from "../subresources/token-issuer.ts";
import type { ServiceAccountClaims } from "./service-account-claims.ts";

/** Signs claims; see `ServiceAccountKeys`. */
export interface TokenSigner {
  sign(claims: Readonly<Record<string, unknown>>): string;
}

export interface ServiceAccountIssuerOptions {
  /** Such as `https://kubernetes.default.svc.cluster.local`. */
  readonly issuer: string;
  /** The names of the API server; the first of those who accept a token that names nobody. */
  readonly audiences: readonly string[];
  readonly lifetimes: TokenLifetimes;
}

/** Issues the tokens that `serviceAccountTokenAuthenticator` accepts. */
export function serviceAccountIssuer(
  { issuer, audiences, lifetimes }: ServiceAccountIssuerOptions,
  keys: TokenSigner,
): TokenIssuer {
  return {
    audiences,
    lifetimes,
    issue: (identity, { id, audiences: aud, issuedAt, expiresAt }) => {
      const { namespace, serviceaccount } = identity;
      const now = Math.floor(issuedAt / 1000);
      const claims: ServiceAccountClaims = {
        iss: issuer,
        sub: serviceAccountUserName(namespace, serviceaccount.name),
        aud,
        exp: Math.floor(expiresAt / 1000),
        iat: now,
        nbf: now,
        jti: id,
        "kubernetes.io": identity,
      };
      return Promise.resolve(keys.sign({ ...claims }));
    },
  };
}

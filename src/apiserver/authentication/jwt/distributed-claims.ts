import { isJsonObject } from "#apimachinery/json-value.ts";
import { AuthenticationError } from "#https/authenticator.ts";
import type { Claims } from "./map-claims.ts";

/** Where a claim is to be had. */
interface ClaimSource {
  readonly endpoint?: string;
  readonly access_token?: string;
}

export interface ClaimEndpoint {
  readonly url: string;
  /** Empty for none. */
  readonly accessToken: string;
}

/** Says where a claim is, and takes from whoever is there the claims that it has signed. */
export type FetchClaims = (endpoint: ClaimEndpoint) => Promise<Claims>;

/**
 * The claims with one that stands elsewhere, by OpenID Connect Core 1.0, section 5.6.2 (apiserver `token/oidc`). One that
 * is in the token itself is not asked for, and neither is one that stands in another token in it.
 */
export async function expandClaims(claims: Claims, claim: string, fetchClaims: FetchClaims): Promise<Claims> {
  const endpoint = findEndpoint(claims, claim);
  if (endpoint === undefined) return claims;
  let fetched: Claims;
  try {
    fetched = await fetchClaims(endpoint);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw failure(`while getting distributed claim "${claim}": ${why}`, cause);
  }
  if (!(claim in fetched))
    throw failure(
      `jwt returned by distributed claim endpoint "${endpoint.url}" did not contain claim: ${claim}`,
    );
  return { ...claims, [claim]: fetched[claim] };
}

/** Undefined for a claim that is here, or nowhere. */
function findEndpoint(claims: Claims, claim: string): ClaimEndpoint | undefined {
  const { _claim_names: names, _claim_sources: sources } = claims;
  if (claim in claims || names === undefined) return undefined;
  if (!isJsonObject(names) || Object.values(names).some((name) => typeof name !== "string"))
    throw failure("oidc: error parsing distributed claim names");
  if (sources === undefined) throw failure("oidc: no claim sources");
  if (!isJsonObject(sources)) throw failure("oidc: could not parse claim sources");
  const name = names[claim];
  if (typeof name !== "string") return undefined;
  const source = sources[name];
  if (!isJsonObject(source))
    throw failure(`id token _claim_names contained a source ${name} missing in _claims_sources`);
  const { endpoint: url = "", access_token: accessToken = "" } = source as ClaimSource;
  return url === "" ? undefined : { url, accessToken };
}

function failure(why: string, cause?: unknown): AuthenticationError {
  return new AuthenticationError(`oidc: could not expand distributed claims: ${why}`, { cause });
}

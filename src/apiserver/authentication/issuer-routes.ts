import { Answer } from "#https/answer.ts";
import type { Route } from "../front/route.ts";

export interface IssuerOptions {
  /** Such as `https://kubernetes.default.svc.cluster.local`. */
  readonly issuer: string;
  /** Where others find the keys at present. */
  readonly keysUrl: () => string;
}

/** The public keys of an issuer (RFC 7517). */
export interface PublicKeys {
  jwks(): Promise<{ readonly keys: readonly { readonly alg?: string }[] }>;
}

const CONFIGURATION_PATH = "/.well-known/openid-configuration";
export const KEYS_PATH = "/openid/v1/jwks";
const CACHE = { "cache-control": "public, max-age=3600" };

/**
 * What those need who check tokens of service accounts by themselves (OpenID Connect Discovery 1.0, section 3; upstream
 * `pkg/serviceaccount/openidmetadata.go`). RBAC lets service accounts read it, and nobody else.
 */
export function issuerRoutes({ issuer, keysUrl }: IssuerOptions, keys: PublicKeys): readonly Route[] {
  const configuration = async (): Promise<unknown> => {
    const algorithms = (await keys.jwks()).keys.map(({ alg }) => alg);
    return {
      issuer,
      jwks_uri: keysUrl(),
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: [...new Set(algorithms)],
    };
  };
  return [
    ...routesOf(CONFIGURATION_PATH, "application/json", configuration),
    ...routesOf(KEYS_PATH, "application/jwk-set+json", () => keys.jwks()),
  ];
}

function routesOf(path: string, contentType: string, document: () => Promise<unknown>): readonly Route[] {
  const handler = async (): Promise<Answer> =>
    new Answer(200, { "content-type": contentType, ...CACHE }, Buffer.from(JSON.stringify(await document())));
  return [path, `${path}/`].map((each) => ({ path: each, label: () => path, handler }));
}

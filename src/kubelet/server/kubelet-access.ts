import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { type Authenticator, unionAuthenticator } from "#https/authenticator.ts";
import { bearerTokenAuthenticator } from "#https/bearer-token.ts";
import { clientCertificateAuthenticator } from "#https/client-certificate.ts";
import type { KubeletAuthorizer } from "./kubelet-authorizer.ts";
import { ReviewedAccess } from "./reviewed-access.ts";
import { ReviewedTokens } from "./reviewed-tokens.ts";

/** For how long the API server's answers are good. */
export interface KubeletAccessSettings {
  readonly tokenCacheMs: number;
  readonly allowedCacheMs: number;
  readonly deniedCacheMs: number;
}

/** The defaults of a `KubeletConfiguration`. */
export const DEFAULT_ACCESS: KubeletAccessSettings = {
  tokenCacheMs: 120_000,
  allowedCacheMs: 300_000,
  deniedCacheMs: 30_000,
};

export interface KubeletAccessDependencies {
  /** As the node. */
  readonly client: Pick<Client, "create">;
  readonly clock: Clock;
}

/** Who sends a request to a kubelet, and whether they may: certificates are known, and of the rest the API server is asked. */
export function kubeletAccess(
  nodeName: string,
  { tokenCacheMs, allowedCacheMs: allowedMs, deniedCacheMs: deniedMs }: KubeletAccessSettings,
  dependencies: KubeletAccessDependencies,
): { readonly authenticator: Authenticator; readonly authorizer: KubeletAuthorizer } {
  return {
    authenticator: unionAuthenticator([
      clientCertificateAuthenticator(dependencies),
      bearerTokenAuthenticator([new ReviewedTokens(tokenCacheMs, dependencies)]),
    ]),
    authorizer: new ReviewedAccess({ nodeName, allowedMs, deniedMs }, dependencies),
  };
}

import { BootstrapTokens } from "#apiserver/authentication/bootstrap-tokens.ts";
import { issuerRoutes } from "#apiserver/authentication/issuer-routes.ts";
import { LegacyServiceAccountTokens } from "#apiserver/authentication/legacy-service-account-token.ts";
import { serviceAccountIssuer } from "#apiserver/authentication/service-account-issuer.ts";
import { ServiceAccountTokens } from "#apiserver/authentication/service-account-token.ts";
import { forAudiences, UnionTokens } from "#apiserver/authentication/union-tokens.ts";
import { dialTarget } from "#apiserver/backends/dialer.ts";
import type { ClusterState } from "#apiserver/cluster-state.ts";
import type { Clock } from "#base/clock.ts";
import type { Pki } from "#pki/pki.ts";
import { ServiceAccountKeys } from "#pki/service-account-keys.ts";
import type { ServerConfig } from "./config.ts";

interface TokenDependencies {
  readonly pki: Pki;
  readonly objects: ClusterState["objects"];
  readonly clock: Clock;
}

/** Who issues tokens, and everybody who knows some. */
export function openTokens(config: ServerConfig, { pki, objects, clock }: TokenDependencies) {
  const issuer = `https://kubernetes.default.svc.${config.clusterDomain}`;
  const audiences = [issuer];
  const identity = { issuer, audiences };
  const keys = new ServiceAccountKeys(pki.serviceAccountKey);
  return {
    issuerRoutes: issuerRoutes({ issuer, address: dialTarget(config.nodeIp, config.httpsListenPort) }, keys),
    tokenIssuer: serviceAccountIssuer(identity, keys),
    tokenReviewer: new UnionTokens(audiences, [
      new LegacyServiceAccountTokens({ audiences }, { keys, objects }),
      new ServiceAccountTokens(identity, { keys, objects, clock }),
      forAudiences(audiences, new BootstrapTokens({ objects, clock })),
    ]),
  };
}

import { anonymousAccess } from "#apiserver/authentication/anonymous.ts";
import { BootstrapTokens } from "#apiserver/authentication/bootstrap-tokens.ts";
import { issuerRoutes } from "#apiserver/authentication/issuer-routes.ts";
import { LegacyServiceAccountTokens } from "#apiserver/authentication/legacy-service-account-token.ts";
import { serviceAccountIssuer } from "#apiserver/authentication/service-account-issuer.ts";
import { ServiceAccountTokens } from "#apiserver/authentication/service-account-token.ts";
import { readTokenFile, StaticTokens } from "#apiserver/authentication/static-tokens.ts";
import { forAudiences, UnionTokens } from "#apiserver/authentication/union-tokens.ts";
import { WebhookTokens } from "#apiserver/authentication/webhook-tokens.ts";
import { dialTarget } from "#apiserver/backends/dialer.ts";
import type { ClusterState } from "#apiserver/cluster-state.ts";
import type { Clock } from "#base/clock.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import type { Pki } from "#pki/pki.ts";
import { ServiceAccountKeys } from "#pki/service-account-keys.ts";
import { openAuthenticationConfiguration } from "./authentication-configuration.ts";
import type { ServerConfig } from "./config.ts";
import type { FrontTls } from "./create-front.ts";
import { openKubeconfigWebhook } from "./kubeconfig-webhook.ts";
import { readAuthorityFile } from "./read-authority-file.ts";
import { unusableFile } from "./unusable-file.ts";

interface TokenDependencies {
  readonly pki: Pki;
  readonly objects: ClusterState["objects"];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Who issues tokens, everybody who knows some, and whom the front is to believe. Rejects with a StartupError. */
export async function openAuthentication(config: ServerConfig, dependencies: TokenDependencies) {
  const { pki, objects, clock } = dependencies;
  const issuer = `https://kubernetes.default.svc.${config.clusterDomain}`;
  const audiences = [issuer];
  const identity = { issuer, audiences };
  const keys = new ServiceAccountKeys(pki.serviceAccountKey);
  const configured = await openAuthenticationConfiguration(config, [issuer], dependencies);
  const tokenReviewer = new UnionTokens(audiences, [
    ...(await openStaticTokens(config)).map((tokens) => forAudiences(audiences, tokens)),
    new LegacyServiceAccountTokens({ audiences }, { keys, objects }),
    new ServiceAccountTokens(identity, { keys, objects, clock }),
    forAudiences(audiences, new BootstrapTokens({ objects, clock })),
    forAudiences(audiences, configured.tokens),
    ...(await openWebhook(config, audiences, clock)),
  ]);
  return {
    issuerRoutes: issuerRoutes({ issuer, address: dialTarget(config.nodeIp, config.httpsListenPort) }, keys),
    tokenIssuer: serviceAccountIssuer(identity, keys),
    tokenReviewer,
    front: {
      tokens: tokenReviewer,
      tls: await openFrontTls(config, pki),
      anonymous: anonymousAccess(configured.anonymous),
    },
    reload: configured.reload,
  };
}

async function openStaticTokens({ tokenAuthFile: file }: ServerConfig): Promise<readonly StaticTokens[]> {
  if (file === "") return [];
  const users = await readTokenFile(file);
  if (typeof users !== "string") return [new StaticTokens(users)];
  throw unusableFile("token-auth-file", file, users);
}

/** What the server shows to clients, and whose certificates make them clients or front proxies. Rejects with a StartupError. */
async function openFrontTls({ requestheaderClientCaFile: file }: ServerConfig, pki: Pki): Promise<FrontTls> {
  const others = file === "" ? "" : await readAuthorityFile("requestheader-client-ca-file", file);
  return () => ({
    ...pki.credentials["serving-kube-apiserver"],
    clientAuthority: pki.authorities["client-ca"],
    frontProxyAuthority: `${pki.authorities["request-header-ca"]}\n${others}`,
  });
}

async function openWebhook(
  { authenticationTokenWebhookConfigFile: file }: ServerConfig,
  audiences: readonly string[],
  clock: Clock,
): Promise<readonly WebhookTokens[]> {
  if (file === "") return [];
  const webhook = await openKubeconfigWebhook("authentication-token-webhook-config-file", file, clock);
  return [new WebhookTokens(audiences, webhook, { clock })];
}

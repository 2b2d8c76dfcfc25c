import { anonymousAccess } from "#apiserver/authentication/anonymous.ts";
import { BootstrapTokens } from "#apiserver/authentication/bootstrap-tokens.ts";
import { issuerRoutes, KEYS_PATH } from "#apiserver/authentication/issuer-routes.ts";
import type { AnonymousAuthConfig } from "#apiserver/authentication/jwt/authentication-configuration.ts";
import { LegacyServiceAccountTokens } from "#apiserver/authentication/legacy-service-account-token.ts";
import { LegacyTokenUsage } from "#apiserver/authentication/legacy-token-usage.ts";
import { serviceAccountIssuer } from "#apiserver/authentication/service-account-issuer.ts";
import { ServiceAccountTokens } from "#apiserver/authentication/service-account-token.ts";
import { readTokenFile, StaticTokens } from "#apiserver/authentication/static-tokens.ts";
import { TokenCacheMetrics } from "#apiserver/authentication/token-cache-metrics.ts";
import { countTokenUses } from "#apiserver/authentication/token-uses.ts";
import { forAudiences, UnionTokens } from "#apiserver/authentication/union-tokens.ts";
import { WebhookTokens } from "#apiserver/authentication/webhook-tokens.ts";
import { type Dialer, dialTarget } from "#apiserver/backends/dialer.ts";
import type { ClusterState } from "#apiserver/cluster-state.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import type { RenewedPki } from "#pki/renewed-pki.ts";
import { openAuthenticationConfiguration } from "./authentication-configuration.ts";
import type { ServerConfig } from "./config.ts";
import type { FrontTls } from "./create-front.ts";
import { type FrontProxies, openFrontProxies } from "./front-proxies.ts";
import { openKubeconfigWebhook } from "./kubeconfig-webhook.ts";
import type { ServiceAccountConfig } from "./service-account-config.ts";
import { openServiceAccountKeys } from "./service-account-keys.ts";
import { unusableFile } from "./unusable-file.ts";

interface TokenDependencies {
  readonly pki: RenewedPki;
  readonly objects: ClusterState["objects"];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly dialer: Dialer;
}

/**
 * Who issues tokens, everybody who knows some, and whom the front is to believe. What is opened goes on the stack.
 * Rejects with a StartupError.
 */
export async function openAuthentication(
  config: ServerConfig,
  stack: AsyncDisposableStack,
  dependencies: TokenDependencies,
) {
  const { pki, objects, clock, logger } = dependencies;
  const { issuers, audiences, lifetimes } = tokensOf(config);
  const [issuer] = issuers;
  const keys = await openServiceAccountKeys(config, pki);
  const count = countTokenUses(dependencies.metrics);
  const cache = new TokenCacheMetrics(dependencies.metrics, { clock });
  const usage = new LegacyTokenUsage({ ...dependencies, count });
  const frontProxies = await openFrontProxies(config, pki, logger);
  const configured = await openAuthenticationConfiguration(config, issuers, dependencies);
  const legacy = new LegacyServiceAccountTokens({ audiences }, { keys, objects, usage, count, cache });
  const bound = new ServiceAccountTokens({ issuers, audiences }, { keys, objects, count, cache, clock });
  for (const tokens of [legacy, bound]) keys.onReplaced.add(() => tokens.forgetVerified());
  const tokenReviewer = new UnionTokens(audiences, [
    ...(await openStaticTokens(config)).map((tokens) => forAudiences(audiences, tokens)),
    legacy,
    bound,
    forAudiences(audiences, new BootstrapTokens({ objects, clock })),
    forAudiences(audiences, configured.tokens),
    ...(await openWebhook({ config, audiences }, stack, { ...dependencies, cache })),
  ]);
  return {
    issuerRoutes: issuerRoutes({ issuer, keysUrl: () => keysUrlOf(config, pki) }, keys),
    tokenIssuer: serviceAccountIssuer({ issuer, audiences, lifetimes }, keys),
    accountKeys: keys,
    tokenReviewer,
    front: {
      tokens: tokenReviewer,
      tls: frontTls(pki, frontProxies),
      frontProxies,
      anonymous: anonymousAccess(anonymousConfig(config, configured.anonymous, logger)),
    },
    /** Follows the configuration and notes uses of tokens, until it is disposed of. */
    start: (client: Client): AsyncDisposable => {
      const started = new AsyncDisposableStack();
      started.use(configured.reload)?.start();
      started.use(usage).start(client);
      return started;
    },
  };
}

/** Whose tokens service accounts have, and who accepts them. */
function tokensOf(config: ServiceAccountConfig & Pick<ServerConfig, "clusterDomain">) {
  const [first = `https://kubernetes.default.svc.${config.clusterDomain}`, ...others] =
    config.serviceAccountIssuers;
  const issuers = [first, ...others] as const;
  const maxMs = config.serviceAccountMaxTokenExpirationMs;
  return {
    issuers,
    audiences: config.apiAudiences.length === 0 ? issuers : config.apiAudiences,
    lifetimes: {
      maxSeconds: maxMs === undefined ? undefined : Math.floor(maxMs / 1000),
      extendsMounted: config.serviceAccountExtendTokenExpiration,
    },
  };
}

/** Who may do everything has to be known (kubernetes `BuiltInAuthenticationOptions.ApplyAuthorization`). */
function anonymousConfig(
  { authorizationMode }: ServerConfig,
  anonymous: AnonymousAuthConfig | undefined,
  logger: Logger,
): AnonymousAuthConfig | undefined {
  if (anonymous?.enabled !== true || !authorizationMode.includes("AlwaysAllow")) return anonymous;
  logger.warn("Refused requests without credentials, because every request is allowed");
  return { enabled: false };
}

async function openStaticTokens({ tokenAuthFile: file }: ServerConfig): Promise<readonly StaticTokens[]> {
  if (file === "") return [];
  const users = await readTokenFile(file);
  if (typeof users !== "string") return [new StaticTokens(users)];
  throw unusableFile("token-auth-file", file, users);
}

/** What the server shows to clients, and whose certificates make them clients or front proxies. */
function frontTls(pki: RenewedPki, frontProxies: FrontProxies): FrontTls {
  return () => ({
    ...pki.credentials["serving-kube-apiserver"],
    clientAuthority: pki.authorities["client-ca"],
    frontProxyAuthority: frontProxies.authority(),
  });
}

async function openWebhook(
  { config, audiences }: { readonly config: ServerConfig; readonly audiences: readonly string[] },
  stack: AsyncDisposableStack,
  dependencies: TokenDependencies & { readonly cache: TokenCacheMetrics },
): Promise<readonly WebhookTokens[]> {
  const { authenticationTokenWebhookConfigFile: file } = config;
  if (file === "") return [];
  const flag = "authentication-token-webhook-config-file";
  const webhook = await openKubeconfigWebhook({ flag, file }, stack, dependencies);
  return [new WebhookTokens(audiences, { ...dependencies, webhook, random: Math.random })];
}

/** Where relying parties find the keys: at this server, unless the operator has them elsewhere. */
function keysUrlOf(
  { serviceAccountJwksUri, httpsListenPort }: ServerConfig,
  { nodeIPs: [address = ""] }: Pick<RenewedPki, "nodeIPs">,
): string {
  if (serviceAccountJwksUri !== "") return serviceAccountJwksUri;
  return `https://${dialTarget(address, httpsListenPort)}${KEYS_PATH}`;
}

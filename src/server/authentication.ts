import { readFile } from "node:fs/promises";
import { BootstrapTokens } from "#apiserver/authentication/bootstrap-tokens.ts";
import { issuerRoutes } from "#apiserver/authentication/issuer-routes.ts";
import { LegacyServiceAccountTokens } from "#apiserver/authentication/legacy-service-account-token.ts";
import { OidcTokens } from "#apiserver/authentication/oidc-tokens.ts";
import { serviceAccountIssuer } from "#apiserver/authentication/service-account-issuer.ts";
import { ServiceAccountTokens } from "#apiserver/authentication/service-account-token.ts";
import { readTokenFile, StaticTokens } from "#apiserver/authentication/static-tokens.ts";
import { forAudiences, UnionTokens } from "#apiserver/authentication/union-tokens.ts";
import { WebhookTokens } from "#apiserver/authentication/webhook-tokens.ts";
import { dialTarget } from "#apiserver/backends/dialer.ts";
import type { ClusterState } from "#apiserver/cluster-state.ts";
import type { Clock } from "#base/clock.ts";
import { readAuthorities } from "#https/certificate-chain.ts";
import type { Pki } from "#pki/pki.ts";
import { ServiceAccountKeys } from "#pki/service-account-keys.ts";
import type { OidcConfig, ServerConfig } from "./config.ts";
import { openKubeconfigWebhook } from "./kubeconfig-webhook.ts";
import { unusableFile } from "./unusable-file.ts";

interface TokenDependencies {
  readonly pki: Pki;
  readonly objects: ClusterState["objects"];
  readonly clock: Clock;
}

/** Who issues tokens, everybody who knows some, and whom the front is to believe. Rejects with a StartupError. */
export async function openAuthentication(config: ServerConfig, { pki, objects, clock }: TokenDependencies) {
  const issuer = `https://kubernetes.default.svc.${config.clusterDomain}`;
  const audiences = [issuer];
  const identity = { issuer, audiences };
  const keys = new ServiceAccountKeys(pki.serviceAccountKey);
  const tokenReviewer = new UnionTokens(audiences, [
    ...(await openStaticTokens(config)).map((tokens) => forAudiences(audiences, tokens)),
    new LegacyServiceAccountTokens({ audiences }, { keys, objects }),
    new ServiceAccountTokens(identity, { keys, objects, clock }),
    forAudiences(audiences, new BootstrapTokens({ objects, clock })),
    ...(await openOidc(config, clock)).map((tokens) => forAudiences(audiences, tokens)),
    ...(await openWebhook(config, audiences, clock)),
  ]);
  return {
    issuerRoutes: issuerRoutes({ issuer, address: dialTarget(config.nodeIp, config.httpsListenPort) }, keys),
    tokenIssuer: serviceAccountIssuer(identity, keys),
    tokenReviewer,
    front: { tokens: tokenReviewer, frontProxyAuthority: await openFrontProxyAuthority(config, pki) },
  };
}

async function openStaticTokens({ tokenAuthFile: file }: ServerConfig): Promise<readonly StaticTokens[]> {
  if (file === "") return [];
  const users = await readTokenFile(file);
  if (typeof users !== "string") return [new StaticTokens(users)];
  throw unusableFile("token-auth-file", file, users);
}

/** The authorities whose certificates make front proxies, as PEM. Rejects with a StartupError. */
async function openFrontProxyAuthority(
  { requestheaderClientCaFile: file }: ServerConfig,
  { authorities }: Pki,
): Promise<string> {
  const own = authorities["request-header-ca"];
  return file === "" ? own : `${own}\n${await readAuthorityFile("requestheader-client-ca-file", file)}`;
}

/** The provider need not be there yet. */
async function openOidc(config: OidcConfig, clock: Clock): Promise<readonly OidcTokens[]> {
  const { oidcIssuerUrl: issuer, oidcCaFile, oidcUsernameClaim, oidcUsernamePrefix } = config;
  if (issuer === "") return [];
  const defaultPrefix = oidcUsernameClaim === "email" ? "" : `${issuer}#`;
  const options = {
    issuer,
    clientId: config.oidcClientId,
    usernameClaim: oidcUsernameClaim,
    usernamePrefix: oidcUsernamePrefix === "-" ? "" : oidcUsernamePrefix || defaultPrefix,
    groupsClaim: config.oidcGroupsClaim,
    groupsPrefix: config.oidcGroupsPrefix,
    requiredClaims: Object.fromEntries(config.oidcRequiredClaims.map(splitClaim)),
    signingAlgorithms: config.oidcSigningAlgs,
    ...(oidcCaFile !== "" && { authority: await readAuthorityFile("oidc-ca-file", oidcCaFile) }),
  };
  return [new OidcTokens(options, { clock })];
}

function splitClaim(text: string): [claim: string, value: string] {
  const mark = text.indexOf("=");
  return [text.slice(0, mark), text.slice(mark + 1)];
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

async function readAuthorityFile(flag: string, file: string): Promise<string> {
  let pem: string;
  let count: number;
  try {
    pem = await readFile(file, "utf8");
    count = readAuthorities(pem).length;
  } catch (cause) {
    throw unusableFile(flag, file, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (count === 0) throw unusableFile(flag, file, "it has no certificate");
  return pem;
}

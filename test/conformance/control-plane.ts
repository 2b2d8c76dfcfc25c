import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "#base/clock.ts";
import { auditSettings } from "#cli/audit-settings.ts";
import type { Setting, Settings } from "#cli/setting.ts";
import type { Client } from "#client/client.ts";
import { HealthChecks } from "#observability/health.ts";
import { type Logger, silentLogger } from "#observability/logger.ts";
import { Metrics } from "#observability/metrics.ts";
import { type ApiServer, openApiServer } from "#server/api-server.ts";
import { ComponentHealth } from "#server/component-health.ts";
import type { ServerConfig } from "#server/config.ts";
import { startControlPlane } from "#server/control-plane.ts";
import { BOOTSTRAP } from "#server/identities.ts";
import { writeAdminKubeconfig } from "#server/kubeconfig-file.ts";
import { ensureSystemServices } from "#server/system-services.ts";

/** A cluster without nodes: the real server of this process, on a loopback port, with all controllers. */
export interface TestControlPlane extends AsyncDisposable {
  readonly url: string;
  /** Of the administrator. */
  readonly kubeconfig: string;
  /** Holds everything; removed at the end. */
  readonly directory: string;
  readonly api: ApiServer;
  /** As the administrator, past HTTP. */
  readonly client: Client;
}

export async function startTestControlPlane(
  changes: Partial<ServerConfig> = {},
  clock: Clock = systemClock,
  logger: Logger = silentLogger,
): Promise<TestControlPlane> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "kubelith-conformance-"));
  stack.defer(() => rm(directory, { recursive: true }));
  const config = { ...serverConfig(directory), ...changes };
  const shared = {
    clock,
    logger,
    metrics: new Metrics(),
    components: new ComponentHealth(),
  };
  const api = stack.use(await openApiServer(config, { ...shared, health: new HealthChecks() }));
  const { port } = await api.front.listen(config.bindAddress, 0);
  await api.core.bootstrap({ address: config.nodeIp, port });
  api.aggregator.start();
  const client = api.client(BOOTSTRAP, "test");
  await ensureSystemServices(client, config);
  await writeAdminKubeconfig({ ...config, httpsListenPort: port }, api.pki);
  stack.use(startControlPlane(config, api, shared));
  const owned = stack.move();
  return {
    url: `https://127.0.0.1:${String(port)}`,
    kubeconfig: config.writeKubeconfig,
    directory,
    api,
    client,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function serverConfig(directory: string): ServerConfig {
  return {
    dataDir: join(directory, "data"),
    nodeName: "n1",
    // Of a range that is never in use (RFC 5737): endpoints may not be on loopback.
    nodeIp: "192.0.2.10",
    followsHostAddress: false,
    nodeExternalIps: [],
    nodeLabels: [],
    nodeTaints: [],
    resolvConf: "",
    kubeletArgs: [],
    networkBackend: "none",
    networkInterface: "",
    nodeCidrMaskSizeIPv4: 24,
    nodeCidrMaskSizeIPv6: 64,
    clusterCidr: "10.42.0.0/16",
    serviceCidr: "10.43.0.0/16",
    clusterDns: "10.43.0.10",
    clusterDomain: "cluster.local",
    cniConfDir: "/etc/cni/net.d",
    cniBinDir: "/opt/cni/bin",
    proxyMode: "nftables",
    nodePortAddresses: [],
    kubeProxyArgs: [],
    containerRuntimeEndpoint: "",
    bindAddress: "127.0.0.1",
    httpsListenPort: 0,
    tlsSan: [],
    serviceNodePortRange: { first: 30_000, last: 32_767 },
    writeKubeconfig: join(directory, "kubeconfig"),
    writeKubeconfigMode: 0o600,
    disableAgent: true,
    token: "",
    agentToken: "",
    featureGates: [],
    runtimeConfig: [],
    admissionControlConfigFile: "",
    enableAdmissionPlugins: [],
    disableAdmissionPlugins: [],
    authenticationConfig: "",
    anonymousAuth: undefined,
    tokenAuthFile: "",
    oidcIssuerUrl: "",
    oidcClientId: "",
    oidcUsernameClaim: "sub",
    oidcUsernamePrefix: "",
    oidcGroupsClaim: "",
    oidcGroupsPrefix: "",
    oidcRequiredClaims: [],
    oidcCaFile: "",
    oidcSigningAlgs: ["RS256"],
    authenticationTokenWebhookConfigFile: "",
    requestheaderClientCaFile: "",
    authorizationConfig: "",
    authorizationMode: [],
    authorizationPolicyFile: "",
    authorizationWebhookConfigFile: "",
    authorizationWebhookVersion: undefined,
    authorizationWebhookCacheAuthorizedTtlMs: undefined,
    authorizationWebhookCacheUnauthorizedTtlMs: undefined,
    requestheaderAllowedNames: ["system:auth-proxy"],
    requestheaderUsernameHeaders: ["X-Remote-User"],
    requestheaderUidHeaders: ["X-Remote-Uid"],
    requestheaderGroupHeaders: ["X-Remote-Group"],
    requestheaderExtraHeadersPrefix: ["X-Remote-Extra-"],
    serviceAccountIssuers: [],
    apiAudiences: [],
    serviceAccountSigningKeyFile: "",
    serviceAccountKeyFiles: [],
    serviceAccountJwksUri: "",
    serviceAccountMaxTokenExpirationMs: undefined,
    serviceAccountExtendTokenExpiration: true,
    encryptionProviderConfig: "",
    ...fallbacksOf(auditSettings),
    clusterSigningDurationMs: 31_536_000_000,
    legacyServiceAccountTokenCleanUpPeriodMs: 31_536_000_000,
    maxRequestsInflight: 400,
    maxMutatingRequestsInflight: 200,
    enablePriorityAndFairness: true,
    requestTimeoutMs: 60_000,
    minRequestTimeoutMs: 1_800_000,
    verbosity: 0,
  };
}

/** What settings are when nothing is given, where that does not depend on the machine. */
export function fallbacksOf<Config>(settings: Settings<Config>): Config {
  const entries = Object.entries<Setting<unknown>>(settings);
  return Object.fromEntries(entries.map(([field, { fallback }]) => [field, fallback])) as Config;
}

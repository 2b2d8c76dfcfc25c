import { type NodeClients, startAgent } from "#agent/agent.ts";
import { followHostAddress } from "#agent/host-address.ts";
import type { Changing } from "#base/changing.ts";
import { type Clock, systemClock } from "#base/clock.ts";
import { onceAborted } from "#base/disposable.ts";
import { buildVersion } from "#base/version.ts";
import type { ListenerOptions } from "#https/listener.ts";
import { createLogger, levelOfVerbosity } from "#observability/create-logger.ts";
import { measureEventLoopLag } from "#observability/event-loop-lag.ts";
import { HealthChecks } from "#observability/health.ts";
import type { Logger } from "#observability/logger.ts";
import { addProcessMetrics, Metrics } from "#observability/metrics.ts";
import type { RenewedPki } from "#pki/renewed-pki.ts";
import { type ApiServer, openApiServer } from "./api-server.ts";
import { claimNodeName } from "./claim-node-name.ts";
import { clusterDnsOf, clusterNames } from "./cluster-names.ts";
import { ComponentHealth } from "./component-health.ts";
import type { ServerConfig } from "./config.ts";
import { startControlPlane } from "./control-plane.ts";
import { BOOTSTRAP, CLUSTER_DNS, KUBE_PROXY, nodeIdentity } from "./identities.ts";
import { writeAdminKubeconfig } from "./kubeconfig-file.ts";
import { ensureProxyConfigMap } from "./proxy-config-map.ts";
import { toStartupFailure } from "./startup-failure.ts";
import { ensureSystemServices } from "./system-services.ts";

/** Runs a server until the signal aborts; then stops it in the reverse order of its start. Pods go on running. */
export async function runServer(config: ServerConfig, signal: AbortSignal): Promise<void> {
  const clock = systemClock;
  const write = (line: string): void => void process.stderr.write(line);
  const logger = createLogger(
    { format: "text", level: levelOfVerbosity(config.verbosity) },
    { clock, write },
  );
  await using _ = await startServer(config, { clock, logger });
  await onceAborted(signal);
  logger.info("Stopping");
}

/** Starts everything of a server in order; each part is ready before the next begins. Rejects with a StartupError. */
export async function startServer(
  given: ServerConfig,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<AsyncDisposable> {
  const startedAt = clock.now();
  logger.info("Starting", {
    version: buildVersion.kubelith,
    kubernetes: buildVersion.kubernetes,
    dataDir: given.dataDir,
  });
  await using stack = new AsyncDisposableStack();
  const address = stack.use(followHostAddress(given, { clock, logger }));
  const config = { ...given, nodeIp: address.current, clusterDns: clusterDnsOf(given) };
  try {
    const metrics = new Metrics();
    addProcessMetrics(metrics, { startedAt });
    const health = new HealthChecks();
    const finishBootstrap = addBootstrapCheck(health);
    const components = new ComponentHealth();
    const api = stack.use(await openApiServer(config, { clock, logger, metrics, health, components }));
    await api.front.listen(config.bindAddress, config.httpsListenPort);
    await api.core.bootstrap({ address: config.nodeIp, port: config.httpsListenPort });
    const bootstrap = api.client(BOOTSTRAP, "kubelith");
    await ensureSystemServices(bootstrap, config);
    await ensureProxyConfigMap(bootstrap, config);
    await writeAdminKubeconfig(config, api.pki);
    finishBootstrap();
    stack.use(api.pki.onRenewed.add(() => void renewKubeconfig(config, api, logger)));
    stack.use(
      address.onChange.add(() => void moveServer({ ...config, nodeIp: address.current }, api, logger)),
    );
    stack.use(measureEventLoopLag({ metrics, clock, logger }));
    logger.info("API is ready", { port: config.httpsListenPort, afterMs: clock.now() - startedAt });
    api.aggregator.start();
    stack.use(startControlPlane(config, api, { clock, logger, metrics, components }));
    const kubeletTls = kubeletTlsOf(api.pki);
    if (kubeletTls !== undefined) {
      await claimNodeName(config, api.client(BOOTSTRAP, "kubelith"));
      stack.use(
        await startAgent(config, {
          address,
          clients: nodeClients(api, config),
          kubeletTls,
          clock,
          logger,
          metrics,
        }),
      );
    }
  } catch (error) {
    throw toStartupFailure(error, config);
  }
  return stack.move();
}

/** A client for each part of a node, with the part's own identity. */
function nodeClients(api: ApiServer, { nodeName }: ServerConfig): NodeClients {
  return {
    kubelet: api.client(nodeIdentity(nodeName), "kubelet"),
    proxy: api.client(KUBE_PROXY, "kube-proxy"),
    dns: api.client(CLUSTER_DNS, "cluster-dns"),
  };
}

/** Until the result is called the server is not ready: the Service of the cluster DNS or the kubeconfig is missing. */
function addBootstrapCheck(health: HealthChecks): () => void {
  let isFinished = false;
  health.add("poststarthook/kubelith-bootstrap", () => {
    if (!isFinished) throw new Error("not finished");
  }, ["readyz"]);
  return () => {
    isFinished = true;
  };
}

/** What the kubelet's own server needs; undefined on a host that runs no pods, for which none are issued. */
function kubeletTlsOf(pki: RenewedPki): Changing<ListenerOptions> | undefined {
  const serving = pki.credentials["serving-kubelet"];
  if (serving === undefined) return undefined;
  return {
    current: () => ({ ...serving, clientAuthority: pki.authorities["client-ca"] }),
    onChange: pki.onRenewed,
  };
}

/** Certificates and the Service `kubernetes` name the address that this host has now. */
async function moveServer(config: ServerConfig, { pki, core }: ApiServer, logger: Logger): Promise<void> {
  try {
    await pki.setNodeIPs(clusterNames(config).nodeIPs);
    await core.bootstrap({ address: config.nodeIp, port: config.httpsListenPort });
  } catch (error) {
    logger.error("Failed to tell of the host's address", { address: config.nodeIp, error });
  }
}

async function renewKubeconfig(config: ServerConfig, { pki }: ApiServer, logger: Logger): Promise<void> {
  try {
    await writeAdminKubeconfig(config, pki);
  } catch (error) {
    logger.error("Failed to renew the administrator's kubeconfig", { error });
  }
}

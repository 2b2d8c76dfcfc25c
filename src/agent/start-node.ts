import type { Changing } from "#base/changing.ts";
import type { Clock } from "#base/clock.ts";
import { StartupError } from "#base/startup-error.ts";
import { createClient } from "#client/create-client.ts";
import { createHttpsTransport } from "#client/https-transport.ts";
import { ListenError } from "#https/listen-error.ts";
import type { ListenerOptions } from "#https/listener.ts";
import type { ClusterSettings } from "#join/cluster-settings.ts";
import type { NodeCredentials } from "#join/enroll/node-credentials.ts";
import { type NodeCertificateName, SERVER_NAME } from "#join/join-protocol.ts";
import type { ServerBalancer } from "#join/servers/server-balancer.ts";
import { measureEventLoopLag } from "#observability/event-loop-lag.ts";
import type { Logger } from "#observability/logger.ts";
import { addProcessMetrics, Metrics } from "#observability/metrics.ts";
import { ReflectedInformers } from "#reconcile/shared-informers.ts";
import { type NodeClients, startAgent } from "./agent.ts";
import type { NodeConfig } from "./config.ts";
import { followAuthority } from "./follow-authority.ts";
import { followServers } from "./follow-servers.ts";
import type { HostAddress } from "./host-address.ts";
import { openTunnels } from "./open-tunnels.ts";

export interface NodeDependencies {
  readonly address: HostAddress;
  /** Those of the cluster. */
  readonly settings: ClusterSettings;
  readonly credentials: NodeCredentials;
  readonly balancer: ServerBalancer;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Runs the parts of a node over HTTPS, each with its own certificate. Rejects with a StartupError. */
export async function startNode(
  config: NodeConfig,
  dependencies: NodeDependencies,
): Promise<AsyncDisposable> {
  const { address, settings, credentials, balancer, clock, logger } = dependencies;
  await using stack = new AsyncDisposableStack();
  const metrics = new Metrics();
  addProcessMetrics(metrics, { startedAt: clock.now() });
  stack.use(measureEventLoopLag({ metrics, clock, logger }));
  const clients = openClients(stack, dependencies);
  const informers = stack.use(
    new ReflectedInformers({ client: clients.proxy, clock, random: Math.random, logger }),
  );
  const tunnels = stack.use(openTunnels(config, { ...dependencies, informers }));
  stack.use(
    followServers(informers, (servers) => {
      void balancer.update(servers);
      tunnels.update(balancer.candidates);
    }),
  );
  stack.use(
    followAuthority(
      stack.use(new ReflectedInformers({ client: clients.kubelet, clock, random: Math.random, logger })),
      (authority) => credentials.tellAuthority(authority),
    ),
  );
  stack.use(
    address.onChange.add(() => {
      // What was connected from the old address hears nothing any more.
      balancer.reconnect();
      tunnels.reconnect();
    }),
  );
  try {
    const shared = { address, clients, kubeletTls: kubeletTlsOf(credentials), clock, logger, metrics };
    stack.use(await startAgent({ ...config, ...settings }, shared));
  } catch (error) {
    if (error instanceof ListenError) throw listenFailure(error);
    throw error;
  }
  return stack.move();
}

function openClients(
  stack: AsyncDisposableStack,
  { credentials, balancer, clock }: NodeDependencies,
): NodeClients {
  const ca = (): string => credentials.serverAuthority;
  const address = { url: balancer.localUrl, ca, serverName: SERVER_NAME };
  const clientAs = (name: NodeCertificateName, userAgent: string) => {
    const options = { ...address, credentials: credentials.of(name), userAgent };
    return createClient(stack.use(createHttpsTransport(options, { clock })));
  };
  return {
    kubelet: clientAs("client-kubelet", "kubelet"),
    proxy: clientAs("client-kube-proxy", "kube-proxy"),
    dns: clientAs("client-cluster-dns", "cluster-dns"),
  };
}

function kubeletTlsOf(credentials: NodeCredentials): Changing<ListenerOptions> {
  return {
    current: () => ({ ...credentials.serving, clientAuthority: credentials.clientAuthority }),
    onChange: credentials.onRenewed,
  };
}

/** The kubelet's port is the same everywhere, but not its address. */
function listenFailure(error: ListenError): StartupError {
  const advice =
    error.detail.code === "addressInUse"
      ? "stop that program, which may be another kubelet"
      : "give an address of this host with --node-ip";
  return new StartupError(`${error.message}; ${advice}`, { cause: error });
}

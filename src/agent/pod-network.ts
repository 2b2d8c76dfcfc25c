import { join } from "node:path";
import type { Node } from "#api/generated/core-v1.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { BridgeNetwork } from "#network/bridge/bridge-network.ts";
import { CniNetwork } from "#network/cni/cni-network.ts";
import type { Conntrack } from "#network/conntrack/conntrack.ts";
import { RouteSocket } from "#network/netlink/route/route-socket.ts";
import type { NftBackend } from "#network/nft/nft-backend.ts";
import { Overlay, type OverlayOptions } from "#network/overlay/overlay.ts";
import { podMtu } from "#network/overlay/uplink.ts";
import type { PodNetwork } from "#network/pod-network.ts";
import type { Logger } from "#observability/logger.ts";
import type { Informer } from "#reconcile/informer.ts";
import type { AgentConfig } from "./config.ts";
import type { HostAddress } from "./host-address.ts";

interface PodNetworkDependencies {
  readonly address: HostAddress;
  /** The node's own. */
  readonly client: Client;
  readonly nodes: Informer<Node>;
  readonly nft: NftBackend;
  readonly conntrack: Conntrack;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A pod network, and what it needs on its host. */
interface StartedPodNetwork extends AsyncDisposable {
  readonly pods: PodNetwork & { setPodCIDRs(podCIDRs: readonly string[]): Promise<void> };
}

interface ClusterRanges {
  readonly clusterCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
}

/** Adopts the pods that an earlier process connected, with our own bridge or with the plugins of others. */
export async function startPodNetwork(
  config: AgentConfig,
  ranges: ClusterRanges,
  dependencies: PodNetworkDependencies,
): Promise<StartedPodNetwork> {
  const { networkBackend: backend } = config;
  if (backend !== "cni") return startBridgeNetwork({ ...config, backend }, ranges, dependencies);
  const pods = await openCniNetwork(config, dependencies.logger);
  return { pods, [Symbol.asyncDispose]: () => pods[Symbol.asyncDispose]() };
}

export function openCniNetwork(
  { dataDir, cniConfDir: confDir, cniBinDir: binDir }: AgentConfig,
  logger: Logger,
): Promise<CniNetwork> {
  const stateDirectory = join(dataDir, "agent", "cni");
  return CniNetwork.open(
    { confDir, binDir, stateDirectory },
    { logger: logger.with({ component: "pod-network" }) },
  );
}

/** Adopts the pods' bridge that an earlier process left, and looks after the ways to the pods of other nodes. */
async function startBridgeNetwork(
  { dataDir, nodeName, backend, networkInterface }: AgentConfig & Pick<OverlayOptions, "backend">,
  ranges: ClusterRanges,
  { address, client, nodes, nft, conntrack, clock, logger }: PodNetworkDependencies,
): Promise<StartedPodNetwork> {
  await using stack = new AsyncDisposableStack();
  const interfaceName = networkInterface === "" ? undefined : networkInterface;
  const overlay = { nodeName, backend, nodeIPs: () => [address.current], interfaceName };
  const pods = await BridgeNetwork.open(
    {
      stateDirectory: join(dataDir, "agent", "network"),
      ...ranges,
      isTunnelled: backend === "vxlan",
      ...presentMtu(overlay),
    },
    { nft, conntrack, clock, logger: logger.with({ component: "pod-network" }) },
  );
  stack.use(pods);
  const onMtu = (mtu: number): void => pods.setMtu(mtu);
  const own = logger.with({ component: "overlay" });
  const ways = stack.use(new Overlay(overlay, { client, nodes, clock, logger: own, onMtu }));
  stack.use(address.onChange.add(() => ways.addressChanged()));
  const owned = stack.move();
  return { pods, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Known before anything is set up, so that a restart does not change what pods have. */
function presentMtu(overlay: OverlayOptions): { readonly mtu?: number } {
  using routes = new RouteSocket();
  const mtu = podMtu(routes, overlay);
  return mtu === undefined ? {} : { mtu };
}

import { join } from "node:path";
import type { Clock } from "#base/clock.ts";
import type { ContainerRuntime } from "#container/runtime.ts";
import { createLibcMounter } from "#kubelet/volumes/libc-mounter.ts";
import { BridgeNetwork } from "#network/bridge/bridge-network.ts";
import { KernelConntrack } from "#network/netlink/conntrack/kernel-conntrack.ts";
import { KernelNft } from "#network/netlink/nftables/kernel-nft.ts";
import { removeOverlay } from "#network/overlay/overlay.ts";
import { kernelLoopbackRouting } from "#network/proxy/loopback-routing.ts";
import { removeServiceRules } from "#network/proxy/service-proxy.ts";
import type { Logger } from "#observability/logger.ts";
import type { AgentConfig } from "./config.ts";
import { connectRuntime } from "./connect-runtime.ts";
import { removeDnsAddresses } from "./node-dns.ts";
import { openCniNetwork } from "./pod-network.ts";
import { removeLeftIptables } from "./proxy-mode.ts";

interface CleanUpDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Removes what a node has left running on this host: the containers of pods, their mounts, the pod network and the
 * rules of Services. Nothing may look after pods meanwhile. Rejects with a StartupError when there is no runtime.
 */
export async function cleanUpNode(
  config: AgentConfig,
  { clock, logger }: CleanUpDependencies,
): Promise<void> {
  {
    await using runtime = await connectRuntime(config);
    await removePods(runtime, logger);
  }
  await removeMounts(join(config.dataDir, "agent", "kubelet"));
  const nft = new KernelNft();
  await using network = await BridgeNetwork.open(
    {
      stateDirectory: join(config.dataDir, "agent", "network"),
      clusterCIDRs: config.clusterCidr.split(","),
      serviceCIDRs: config.serviceCidr.split(","),
    },
    { nft, conntrack: new KernelConntrack(), clock, logger },
  );
  await network.removeAll();
  await disconnectPods(config, logger);
  removeDnsAddresses();
  kernelLoopbackRouting().disable();
  removeOverlay();
  removeServiceRules(nft);
  await removeLeftIptables(config);
  logger.info("Removed the pod network and the rules of Services");
}

async function removePods(runtime: ContainerRuntime, logger: Logger): Promise<void> {
  const sandboxes = await runtime.listSandboxes();
  for (const { id } of sandboxes) {
    await runtime.stopSandbox(id);
    await runtime.removeSandbox(id);
  }
  logger.info("Removed pods", { pods: sandboxes.length });
}

/** Has plugins take back what they did for pods that are gone. */
async function disconnectPods(config: AgentConfig, logger: Logger): Promise<void> {
  await using network = await openCniNetwork(config, logger);
  await network.collect(new Set());
}

async function removeMounts(directory: string): Promise<void> {
  const mounter = createLibcMounter();
  for (const path of await mounter.mountPointsBelow(directory)) await mounter.unmount(path);
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "#base/clock.ts";
import { BridgeNetwork } from "#network/bridge/bridge-network.ts";
import { KernelConntrack } from "#network/netlink/conntrack/kernel-conntrack.ts";
import { KernelNft } from "#network/netlink/nftables/kernel-nft.ts";
import { silentLogger } from "#observability/logger.ts";
import { describePodNetwork } from "../contract/pod-network.ts";
import { TestNamespace } from "./network-lab.ts";

describePodNetwork("bridge", async () => {
  const stack = new AsyncDisposableStack();
  const host = stack.use(new TestNamespace("host"));
  const stateDirectory = await mkdtemp(join(tmpdir(), "kt-bridge-"));
  stack.defer(() => rm(stateDirectory, { recursive: true }));
  const nft = stack.use(new KernelNft({ namespace: host.path }));
  const conntrack = stack.use(new KernelConntrack({ namespace: host.path }));
  const network = stack.use(
    await BridgeNetwork.open(
      {
        stateDirectory,
        clusterCIDRs: ["10.42.0.0/16"],
        serviceCIDRs: ["10.43.0.0/16"],
        namespace: host.path,
      },
      { nft, conntrack, clock: systemClock, logger: silentLogger },
    ),
  );
  return {
    network,
    exhausted: (podCIDR) => `No address is free in the node's pod CIDR ${podCIDR}`,
    newNamespace: () => stack.use(new TestNamespace("pod")).path,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
});

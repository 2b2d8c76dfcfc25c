import { test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CniNetwork } from "#network/cni/cni-network.ts";
import { silentLogger } from "#observability/logger.ts";
import { describePodAddresses, type PodNetworkUnderTest } from "../contract/pod-network.ts";
import { TestNamespace } from "./network-lab.ts";

/** Where Debian's package containernetworking-plugins has them. */
const PLUGINS = "/usr/lib/cni";

if (existsSync(join(PLUGINS, "bridge"))) describePodAddresses("CNI plugins bridge and host-local", open);
else test.skip("CNI plugins are missing: apt-get install containernetworking-plugins", () => undefined);

async function open(): Promise<PodNetworkUnderTest> {
  const stack = new AsyncDisposableStack();
  const host = stack.use(new TestNamespace("host"));
  const folder = await mkdtemp(join(tmpdir(), "kt-cni-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const bridge = {
    type: "bridge",
    bridge: "cni0",
    capabilities: { ipRanges: true },
    ipam: { type: "host-local", dataDir: join(folder, "ipam") },
  };
  const list = { cniVersion: "1.0.0", name: "pods", plugins: [bridge] };
  await writeFile(join(folder, "10-pods.conflist"), JSON.stringify(list));
  const network = stack.use(
    await CniNetwork.open(
      { confDir: folder, binDir: PLUGINS, stateDirectory: join(folder, "state"), namespace: host.path },
      { logger: silentLogger },
    ),
  );
  return {
    network,
    exhausted: () => "no IP addresses available in range set",
    newNamespace: () => stack.use(new TestNamespace("pod")).path,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

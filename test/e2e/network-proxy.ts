/** The service proxy of the product in a namespace, with a model of the API in memory. */
import { systemClock } from "#base/clock.ts";
import { createClient } from "#client/create-client.ts";
import { KernelConntrack } from "#network/netlink/conntrack/kernel-conntrack.ts";
import { KernelNft } from "#network/netlink/nftables/kernel-nft.ts";
import { listenForHealth } from "#network/proxy/health/listen-for-health.ts";
import { iptablesRules } from "#network/proxy/iptables/iptables-rules.ts";
import { kernelLoopbackRouting } from "#network/proxy/loopback-routing.ts";
import { nftRules } from "#network/proxy/nft-rules.ts";
import { NodeProxy } from "#network/proxy/node-proxy.ts";
import { silentLogger } from "#observability/logger.ts";
import type { EventRecorder } from "#reconcile/event-recorder.ts";
import { ReflectedInformers } from "#reconcile/shared-informers.ts";
import type { ModelApi } from "#testing/model-api.ts";
import { iptablesIn, type TestNamespace } from "./network-lab.ts";

export type ProxyMode = "nftables" | "iptables";

export interface ClusterRanges {
  readonly clusterCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
}

export interface RunningProxy extends AsyncDisposable {
  readonly proxy: NodeProxy;
}

interface ProxyParts {
  readonly api: ModelApi;
  readonly ranges: ClusterRanges;
  readonly mode?: ProxyMode;
}

const dependencies = { clock: systemClock, random: Math.random, logger: silentLogger };

/** Starts the proxy of node `n1`, and waits until it has written its rules. */
export async function startProxyIn(
  host: TestNamespace,
  { api, ranges, mode = "nftables" }: ProxyParts,
): Promise<RunningProxy> {
  await using stack = new AsyncDisposableStack();
  const nft = stack.use(new KernelNft({ namespace: host.path }));
  const conntrack = stack.use(new KernelConntrack({ namespace: host.path }));
  const informers = stack.use(new ReflectedInformers({ ...dependencies, client: createClient(api) }));
  const events: EventRecorder = { record: () => undefined };
  const listen = listenForHealth({ namespace: host.path });
  const loopback = kernelLoopbackRouting({ namespace: host.path });
  const rules =
    mode === "nftables"
      ? nftRules({ ...dependencies, nft })
      : iptablesRules({
          ...dependencies,
          iptables: (family) => iptablesIn(host, family),
          checkIntervalMs: 200,
        });
  const removeOthers = (): Promise<void> => Promise.resolve();
  const options = {
    nodeName: "n1",
    ...ranges,
    nodePortAddresses: [],
    health: { address: "0.0.0.0", port: 10_256 },
    metrics: { address: "127.0.0.1", port: 10_249 },
  };
  const shown = { mode, expose: () => Promise.resolve("kubeproxy_up 1\n"), contentType: "text/plain" };
  const parts = { informers, events, rules, removeOthers, conntrack, listen, loopback, shown };
  const proxy = stack.use(new NodeProxy(options, { ...dependencies, ...parts }));
  await proxy.ready;
  const owned = stack.move();
  return { proxy, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

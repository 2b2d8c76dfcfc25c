import type { Changing } from "#base/changing.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import type { ContainerRuntime } from "#container/runtime.ts";
import type { ListenerOptions } from "#https/listener.ts";
import type { Kubelet } from "#kubelet/kubelet.ts";
import { DEFAULT_ACCESS, kubeletAccess } from "#kubelet/server/kubelet-access.ts";
import { createKubeletServer } from "#kubelet/server/kubelet-server.ts";
import { HealthChecks } from "#observability/health.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import type { AgentConfig } from "./config.ts";
import { kubeletAddress } from "./host-address.ts";
import { argsOf } from "./kubelet-args/parse-kubelet-arg.ts";

/** Where every kubelet of every cluster serves its API. */
export const KUBELET_PORT = 10250;

interface KubeletServerDependencies {
  readonly kubelet: Kubelet;
  /** As the node. */
  readonly client: Client;
  readonly runtime: ContainerRuntime;
  readonly kubeletTls: Changing<ListenerOptions>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Serves logs, exec, attach and port-forward to the API server, and what else there is to whom that allows it. Rejects with a ListenError. */
export async function startKubeletServer(
  config: Pick<AgentConfig, "nodeName" | "nodeIp" | "followsHostAddress" | "kubeletArgs">,
  { kubelet, client, runtime, kubeletTls, clock, logger, metrics }: KubeletServerDependencies,
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const args = argsOf(config.kubeletArgs);
  const { streamingConnectionIdleTimeoutMs: idleTimeoutMs, tlsMinVersion, tlsCipherSuites } = args;
  const tls = (): ListenerOptions => ({
    ...kubeletTls.current(),
    ...(tlsMinVersion !== undefined && { minVersion: tlsMinVersion }),
    ...(tlsCipherSuites !== undefined && { ciphers: tlsCipherSuites }),
  });
  const server = createKubeletServer(
    {
      nodeName: config.nodeName,
      tls: tls(),
      ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    },
    {
      pods: kubelet,
      runtime,
      ...kubeletAccess(config.nodeName, { ...DEFAULT_ACCESS, ...args }, { client, clock }),
      health: new HealthChecks(),
      metrics,
      clock,
      logger: logger.with({ component: "kubelet" }),
    },
  );
  stack.use(server);
  stack.use(kubeletTls.onChange.add(() => server.renew(tls())));
  await server.listen(kubeletAddress(config), KUBELET_PORT);
  return stack.move();
}

import type { Changing } from "#base/changing.ts";
import type { Clock } from "#base/clock.ts";
import type { ContainerRuntime } from "#container/runtime.ts";
import { unionAuthenticator } from "#https/authenticator.ts";
import { clientCertificateAuthenticator } from "#https/client-certificate.ts";
import type { ListenerOptions } from "#https/listener.ts";
import type { Kubelet } from "#kubelet/kubelet.ts";
import { apiServerAuthorizer } from "#kubelet/server/kubelet-authorizer.ts";
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
  readonly runtime: ContainerRuntime;
  readonly kubeletTls: Changing<ListenerOptions>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Serves logs, exec, attach and port-forward to the API server. Rejects with a ListenError. */
export async function startKubeletServer(
  config: Pick<AgentConfig, "nodeName" | "nodeIp" | "followsHostAddress" | "kubeletArgs">,
  { kubelet, runtime, kubeletTls, clock, logger, metrics }: KubeletServerDependencies,
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
      authenticator: unionAuthenticator([clientCertificateAuthenticator({ clock })]),
      authorizer: apiServerAuthorizer,
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

import type { AddressInfo } from "node:net";
import type { Clock } from "#base/clock.ts";
import type { ContainerRuntime } from "#container/runtime.ts";
import type { Authenticator } from "#https/authenticator.ts";
import { Listener, type ListenerOptions } from "#https/listener.ts";
import type { HealthChecks } from "#observability/health.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import { createKubeletApplication } from "./kubelet-application.ts";
import type { KubeletAuthorizer } from "./kubelet-authorizer.ts";
import { containerLogRoutes } from "./logs/container-log-routes.ts";
import type { NodePods } from "./node-pods.ts";
import { portForwardRoutes } from "./portforward/port-forward-routes.ts";
import { remoteCommandRoutes } from "./remotecommand/remote-command-routes.ts";
import { RequestMetrics } from "./request-metrics.ts";
import { readNodeUsage } from "./stats/node-usage.ts";
import { statsRoutes } from "./stats/stats-routes.ts";
import { statusRoutes } from "./status-routes.ts";
import { DEFAULT_CREATION_TIMEOUT_MS, DEFAULT_IDLE_TIMEOUT_MS } from "./stream-settings.ts";

export interface KubeletServerOptions {
  readonly nodeName: string;
  /** Serving certificate and key, and the authority of client certificates. */
  readonly tls: ListenerOptions;
  /** When connections of `exec`, `attach` and `portForward` are closed over which nothing comes or goes. */
  readonly idleTimeoutMs?: number;
  /** How long a client may take to open the streams of such a connection. */
  readonly creationTimeoutMs?: number;
}

export interface KubeletServerDependencies {
  readonly pods: NodePods;
  readonly runtime: ContainerRuntime;
  readonly authenticator: Authenticator;
  readonly authorizer: KubeletAuthorizer;
  readonly health: HealthChecks;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The kubelet's HTTPS server. Disposal ends its connections; no container notices. */
export interface KubeletServer extends AsyncDisposable {
  /** Rejects with a `ListenError` when the address cannot be used. Port 0 takes any free one. */
  listen(address: string, port: number): Promise<AddressInfo>;
  /** Shows another serving certificate, and believes other authorities, from now on. */
  renew(tls: ListenerOptions): void;
}

export function createKubeletServer(
  {
    nodeName,
    tls,
    idleTimeoutMs = DEFAULT_IDLE_TIMEOUT_MS,
    creationTimeoutMs = DEFAULT_CREATION_TIMEOUT_MS,
  }: KubeletServerOptions,
  dependencies: KubeletServerDependencies,
): KubeletServer {
  const { clock, logger, metrics } = dependencies;
  const settings = { idleTimeoutMs, creationTimeoutMs, clock };
  const routes = [
    ...statusRoutes(dependencies),
    ...statsRoutes({ ...dependencies, nodeName, nodeUsage: readNodeUsage }),
    ...containerLogRoutes(dependencies),
    ...remoteCommandRoutes({ ...dependencies, settings }),
    ...portForwardRoutes({ ...dependencies, settings }),
  ];
  const paths = routes.map(({ path }) => path);
  const requestMetrics = new RequestMetrics(paths, metrics, clock);
  const application = createKubeletApplication(routes, { ...dependencies, requestMetrics });
  return new Listener(tls, { application, clock, logger });
}

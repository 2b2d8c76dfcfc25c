import { join } from "node:path";
import { issueLegacyToken } from "#apiserver/authentication/legacy-service-account-token.ts";
import type { Clock } from "#base/clock.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import { servedDiscovery } from "#reconcile/kind-discovery.ts";
import { createReconcileMetrics } from "#reconcile/metrics.ts";
import { runControllers } from "#reconcile/run-controllers.ts";
import { ReflectedInformers } from "#reconcile/shared-informers.ts";
import { createSchedulerMetrics } from "#scheduler/metrics.ts";
import { createScheduler } from "#scheduler/scheduler.ts";
import type { ApiServer } from "./api-server.ts";
import type { ComponentHealth } from "./component-health.ts";
import type { ServerConfig } from "./config.ts";
import { type ClusterAuthorities, clusterControllers } from "./controllers.ts";
import { CONTROLLER_MANAGER, controllerIdentity, SCHEDULER } from "./identities.ts";
import { certificateSigner } from "./sign-certificates.ts";

interface ControlPlaneDependencies {
  readonly components: ComponentHealth;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Runs the scheduler and the controllers, each under its own identity and with its own caches. */
export function startControlPlane(
  config: ServerConfig,
  api: ApiServer,
  dependencies: ControlPlaneDependencies,
): AsyncDisposable {
  const stack = new AsyncDisposableStack();
  startControllers(stack, config, api, dependencies);
  startScheduler(stack, api, dependencies);
  return stack;
}

function startControllers(
  stack: AsyncDisposableStack,
  config: ServerConfig,
  api: ApiServer,
  { clock, logger, metrics, components }: ControlPlaneDependencies,
): void {
  stack.use(components.run("controller-manager"));
  const client = api.client(CONTROLLER_MANAGER, "kube-controller-manager");
  const common = {
    client,
    clock,
    random: Math.random,
    logger: logger.with({ component: "controller-manager" }),
  };
  const informers = stack.use(new ReflectedInformers(common));
  const authorities: ClusterAuthorities = {
    rootCA: { current: () => api.pki.authorities["server-ca"], onChange: api.pki.onRenewed },
    requests: {
      sign: certificateSigner(join(config.dataDir, "server", "tls")),
      lifetimeMs: config.clusterSigningDurationMs,
    },
    signToken: (account, secret) => issueLegacyToken(account, secret, api.accountKeys),
  };
  stack.use(
    runControllers(clusterControllers(config, authorities), {
      ...common,
      clientFor: (controller) => api.client(controllerIdentity(controller), "kube-controller-manager"),
      informers,
      discovery: servedDiscovery(api.aggregator.kinds),
      metrics: createReconcileMetrics(metrics),
    }),
  );
}

function startScheduler(
  stack: AsyncDisposableStack,
  api: ApiServer,
  { clock, logger, metrics, components }: ControlPlaneDependencies,
): void {
  stack.use(components.run("scheduler"));
  const client = api.client(SCHEDULER, "kube-scheduler");
  const common = { client, clock, random: Math.random, logger: logger.with({ component: "scheduler" }) };
  const informers = stack.use(new ReflectedInformers(common));
  stack.use(createScheduler({}, { ...common, informers, metrics: createSchedulerMetrics(metrics) }));
}

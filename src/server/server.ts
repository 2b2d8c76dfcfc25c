import { type Clock, systemClock } from "#base/clock.ts";
import { onceAborted } from "#base/disposable.ts";
import { buildVersion } from "#base/version.ts";
import { createLogger, levelOfVerbosity } from "#observability/create-logger.ts";
import { HealthChecks } from "#observability/health.ts";
import type { Logger } from "#observability/logger.ts";
import { addProcessMetrics, Metrics } from "#observability/metrics.ts";
import { openApiServer } from "./api-server.ts";
import type { ServerConfig } from "./config.ts";
import { startControlPlane } from "./control-plane.ts";
import { BOOTSTRAP } from "./identities.ts";
import { writeAdminKubeconfig } from "./kubeconfig-file.ts";
import { toStartupFailure } from "./startup-failure.ts";
import { ensureSystemServices } from "./system-services.ts";

/** Runs a server until the signal aborts; then stops it in the reverse order of its start. Pods go on running. */
export async function runServer(config: ServerConfig, signal: AbortSignal): Promise<void> {
  const clock = systemClock;
  const write = (line: string): void => void process.stderr.write(line);
  const logger = createLogger(
    { format: "text", level: levelOfVerbosity(config.verbosity) },
    { clock, write },
  );
  await using server = await startServer(config, { clock, logger });
  void server;
  await onceAborted(signal);
  logger.info("Stopping");
}

/** Starts everything of a server in order; each part is ready before the next begins. Rejects with a StartupError. */
export async function startServer(
  config: ServerConfig,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<AsyncDisposable> {
  const startedAt = clock.now();
  logger.info("Starting", {
    version: buildVersion.kubelith,
    kubernetes: buildVersion.kubernetes,
    dataDir: config.dataDir,
  });
  await using stack = new AsyncDisposableStack();
  try {
    const metrics = new Metrics();
    addProcessMetrics(metrics, { startedAt: startedAt / 1000 });
    const api = stack.use(
      await openApiServer(config, { clock, logger, metrics, health: new HealthChecks() }),
    );
    await api.front.listen(config.bindAddress, config.httpsListenPort);
    await api.core.bootstrap({ address: config.nodeIp, port: config.httpsListenPort });
    await ensureSystemServices(api.client(BOOTSTRAP, "kubelith"), config);
    await writeAdminKubeconfig(config, api.pki);
    logger.info("API is ready", { port: config.httpsListenPort, afterMs: clock.now() - startedAt });
    stack.use(startControlPlane(config, api, { clock, logger, metrics }));
  } catch (error) {
    throw toStartupFailure(error, config);
  }
  return stack.move();
}

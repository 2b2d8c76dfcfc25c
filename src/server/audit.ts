import { Auditor } from "#apiserver/audit/auditor.ts";
import { type AuditBackend, lenientBackend, unionBackend } from "#apiserver/audit/backends/audit-backend.ts";
import { AuditMetrics } from "#apiserver/audit/backends/audit-metrics.ts";
import { BufferedBackend } from "#apiserver/audit/backends/buffered-backend.ts";
import { Flush } from "#apiserver/audit/backends/flush.ts";
import { TruncatingBackend } from "#apiserver/audit/backends/truncating-backend.ts";
import { WebhookBackend } from "#apiserver/audit/backends/webhook-backend.ts";
import { readAuditPolicy } from "#apiserver/audit/read-audit-policy.ts";
import type { Dialer } from "#apiserver/backends/dialer.ts";
import type { Clock } from "#base/clock.ts";
import { StartupError } from "#base/startup-error.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import { type AuditConfig, type Delivery, deliveryOf, deliveryProblem } from "./audit-config.ts";
import { openAuditLog } from "./audit-log.ts";
import { openKubeconfigWebhook } from "./kubeconfig-webhook.ts";
import { unusableFile } from "./unusable-file.ts";

interface AuditDependencies {
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What the backends share. */
interface BackendDependencies {
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: AuditMetrics;
  readonly flush: Flush;
}

/**
 * Records requests as the operator says; undefined when there is no policy or no log. What is opened goes on the stack.
 * Rejects with a StartupError.
 */
export async function openAuditor(
  config: AuditConfig,
  stack: AsyncDisposableStack,
  dependencies: AuditDependencies,
): Promise<Auditor | undefined> {
  const { auditPolicyFile: file } = config;
  const { clock, dialer } = dependencies;
  const logger = dependencies.logger.with({ component: "audit" });
  if (file === "") return undefined;
  const read = await readAuditPolicy(file);
  if (typeof read === "string") throw unusableFile("audit-policy-file", file, read);
  const { policy, unknown } = read;
  if (unknown.length > 0)
    logger.warn("Ignored unknown fields of the audit policy", { file, fields: unknown.join(", ") });
  if (config.auditLogPath === "" && config.auditWebhookConfigFile === "") return undefined;
  const metrics = new AuditMetrics({ ...dependencies, logger });
  const shared: BackendDependencies = { dialer, clock, logger, metrics, flush: new Flush() };
  const backends = [...openLog(config, shared), ...(await openWebhook(config, stack, shared))];
  return new Auditor({ ...shared, policy, backend: unionBackend(backends) });
}

function openLog(config: AuditConfig, dependencies: BackendDependencies): readonly AuditBackend[] {
  if (config.auditLogPath === "") return [];
  const delivery = deliveryOf(config, "auditLog");
  requirePossible(deliveryProblem("log", delivery));
  // Lines can only be written one after the other.
  const options = { delivery, maxUnderWay: 1 };
  return [deliver(openAuditLog(config, dependencies), options, dependencies)];
}

/** A receiver that is slow is sent no more batches at once. */
const MAX_UNDER_WAY = 10;

async function openWebhook(
  config: AuditConfig,
  stack: AsyncDisposableStack,
  dependencies: BackendDependencies,
): Promise<readonly AuditBackend[]> {
  const { auditWebhookConfigFile: file, auditWebhookInitialBackoffMs: initialBackoffMs } = config;
  if (file === "") return [];
  const webhook = await openKubeconfigWebhook(
    { flag: "audit-webhook-config-file", file },
    stack,
    dependencies,
  );
  const backend = new WebhookBackend({ initialBackoffMs }, { ...dependencies, webhook, random: Math.random });
  const delivery = deliveryOf(config, "auditWebhook");
  requirePossible(deliveryProblem("webhook", delivery));
  return [deliver(backend, { delivery, maxUnderWay: MAX_UNDER_WAY }, dependencies)];
}

function requirePossible(problem: string | undefined): void {
  if (problem !== undefined) throw new StartupError(`Cannot record requests: ${problem}`);
}

interface DeliveryOptions {
  readonly delivery: Delivery;
  readonly maxUnderWay: number;
}

function deliver(
  backend: AuditBackend,
  { delivery, maxUnderWay }: DeliveryOptions,
  { metrics, ...dependencies }: BackendDependencies,
): AuditBackend {
  const { truncateEnabled, truncateMaxEventSize, truncateMaxBatchSize } = delivery;
  const delegate = inMode(backend, { delivery, maxUnderWay }, { ...dependencies, metrics });
  const limits = { maxEventSize: truncateMaxEventSize, maxBatchSize: truncateMaxBatchSize };
  return truncateEnabled ? new TruncatingBackend(limits, { delegate, metrics }) : delegate;
}

function inMode(
  backend: AuditBackend,
  { delivery, maxUnderWay }: DeliveryOptions,
  dependencies: BackendDependencies,
): AuditBackend {
  switch (delivery.mode) {
    case "batch":
      return new BufferedBackend(
        {
          bufferSize: delivery.batchBufferSize,
          maxBatchSize: delivery.batchMaxSize,
          maxBatchWaitMs: delivery.batchMaxWaitMs,
          maxUnderWay,
          ...(delivery.batchThrottleEnable && {
            throttle: { ratePerSecond: delivery.batchThrottleQps, burst: delivery.batchThrottleBurst },
          }),
        },
        { ...dependencies, delegate: backend },
      );
    case "blocking":
      return lenientBackend(backend);
    case "blocking-strict":
      return backend;
  }
}

import { formatAuditEvent } from "#apiserver/audit/audit-event.ts";
import type { AuditMetrics } from "#apiserver/audit/backends/audit-metrics.ts";
import { formatLegacyEvent } from "#apiserver/audit/backends/legacy-format.ts";
import { LogBackend, type LogOutput, standardOutput } from "#apiserver/audit/backends/log-backend.ts";
import { LogFile, type LogFileDependencies } from "#apiserver/audit/backends/log-file.ts";
import type { Clock } from "#base/clock.ts";
import { StartupError } from "#base/startup-error.ts";
import type { Logger } from "#observability/logger.ts";
import type { AuditConfig } from "./audit-config.ts";

interface AuditLogDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: AuditMetrics;
}

const DAY_MS = 86_400_000;
const MEGABYTE = 1_048_576;

const FORMATS = { json: formatAuditEvent, legacy: formatLegacyEvent };

/** Throws a StartupError when the file of the log cannot be written. */
export function openAuditLog(
  config: AuditConfig,
  { clock, logger, metrics }: AuditLogDependencies,
): LogBackend {
  const format = FORMATS[config.auditLogFormat];
  const onUncompressed = (error: unknown): void => logger.warn("Failed to compress an audit log", { error });
  return new LogBackend({ output: openOutput(config, { clock, onUncompressed }), format, metrics });
}

function openOutput(config: AuditConfig, dependencies: LogFileDependencies): LogOutput {
  const { auditLogPath: path, auditLogMaxage, auditLogMaxbackup, auditLogMaxsize } = config;
  if (path === "-") return standardOutput;
  try {
    const limits = {
      maxAgeMs: auditLogMaxage * DAY_MS,
      maxBackups: auditLogMaxbackup,
      maxSizeBytes: auditLogMaxsize * MEGABYTE,
    };
    return new LogFile({ path, ...limits, compress: config.auditLogCompress }, dependencies);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(`Cannot write to the file of --audit-log-path "${path}": ${reason}`, {
      cause: error,
    });
  }
}

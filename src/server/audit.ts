import { Auditor } from "#apiserver/audit/auditor.ts";
import { LogFile, standardOutput } from "#apiserver/audit/log-file.ts";
import { readAuditPolicy } from "#apiserver/audit/read-audit-policy.ts";
import type { AuditSink } from "#apiserver/audit/request-audit.ts";
import type { Clock } from "#base/clock.ts";
import { StartupError } from "#base/startup-error.ts";
import type { Logger } from "#observability/logger.ts";
import type { ServerConfig } from "./config.ts";
import { unusableFile } from "./unusable-file.ts";

type AuditConfig = Pick<
  ServerConfig,
  "auditPolicyFile" | "auditLogPath" | "auditLogMaxage" | "auditLogMaxbackup" | "auditLogMaxsize"
>;

interface AuditDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
}

const DAY_MS = 86_400_000;
const MEGABYTE = 1_048_576;

/** Records requests as the operator says; undefined when there is no policy or no log. Rejects with a StartupError. */
export async function openAuditor(
  config: AuditConfig,
  dependencies: AuditDependencies,
): Promise<Auditor | undefined> {
  const { auditPolicyFile: file, auditLogPath } = config;
  const { clock } = dependencies;
  const logger = dependencies.logger.with({ component: "audit" });
  if (file === "") return undefined;
  const read = await readAuditPolicy(file);
  if (typeof read === "string") throw unusableFile("audit-policy-file", file, read);
  const { policy, unknown } = read;
  if (unknown.length > 0)
    logger.warn("Ignored unknown fields of the audit policy", { file, fields: unknown.join(", ") });
  return auditLogPath === ""
    ? undefined
    : new Auditor({ policy, sink: openLog(config, { clock, logger }), clock });
}

function openLog(config: AuditConfig, dependencies: AuditDependencies): AuditSink {
  const { auditLogPath: path, auditLogMaxage, auditLogMaxbackup, auditLogMaxsize } = config;
  if (path === "-") return standardOutput;
  try {
    const limits = {
      maxAgeMs: auditLogMaxage * DAY_MS,
      maxBackups: auditLogMaxbackup,
      maxSizeBytes: auditLogMaxsize * MEGABYTE,
    };
    return new LogFile({ path, ...limits }, dependencies);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(`Cannot write to the file of --audit-log-path "${path}": ${reason}`, {
      cause: error,
    });
  }
}

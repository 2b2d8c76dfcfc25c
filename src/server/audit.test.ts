import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TcpDialer } from "#apiserver/backends/tcp-dialer.ts";
import { systemClock } from "#base/clock.ts";
import { silentLogger } from "#observability/logger.ts";
import { Metrics } from "#observability/metrics.ts";
import { openAuditor } from "./audit.ts";
import { type AuditConfig, LOG_DELIVERY, WEBHOOK_DELIVERY, withPrefix } from "./audit-config.ts";

const POLICY = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n";

const stack = new AsyncDisposableStack();
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "audit-config-"));
});

afterAll(async () => {
  await stack.disposeAsync();
  await rm(directory, { recursive: true });
});

async function openWith(policy: string, changes: Partial<AuditConfig>) {
  const auditPolicyFile = join(directory, "policy.yaml");
  await writeFile(auditPolicyFile, policy);
  const config: AuditConfig = {
    auditPolicyFile,
    auditLogPath: "",
    auditLogMaxage: 0,
    auditLogMaxbackup: 0,
    auditLogMaxsize: 0,
    auditLogCompress: false,
    auditLogFormat: "json",
    ...withPrefix("auditLog", LOG_DELIVERY),
    auditWebhookConfigFile: "",
    auditWebhookInitialBackoffMs: 10_000,
    ...withPrefix("auditWebhook", WEBHOOK_DELIVERY),
    ...changes,
  };
  return openAuditor(config, stack, {
    dialer: new TcpDialer({ clock: systemClock }),
    clock: systemClock,
    logger: silentLogger,
    metrics: new Metrics(),
  });
}

test("records nothing without a log and a webhook", async () => {
  expect(await openWith(POLICY, {})).toBeUndefined();
});

const wrong: readonly { name: string; policy?: string; changes: Partial<AuditConfig>; says: string }[] = [
  {
    name: "a policy without rules",
    policy: POLICY.replace("[{level: Metadata}]", "[]"),
    changes: { auditLogPath: "-" },
    says: 'policy.yaml": rules: Required value: at least one rule is required',
  },
  {
    name: "a log that cannot be written",
    changes: { auditLogPath: "/proc/audit.log" },
    says: 'Cannot write to the file of --audit-log-path "/proc/audit.log": ',
  },
  {
    name: "a webhook that no file describes",
    changes: { auditWebhookConfigFile: "/proc/none" },
    says: 'Cannot use the file of --audit-webhook-config-file "/proc/none": ',
  },
  {
    name: "a throttle that lets nothing through",
    changes: { auditLogPath: "-", auditLogMode: "batch", auditLogBatchThrottleEnable: true },
    says: "invalid audit batch log throttle QPS 0, must be a positive number",
  },
  {
    name: "events that no batch has room for",
    changes: { auditLogPath: "-", auditLogTruncateMaxBatchSize: 1000 },
    says: "invalid audit truncate log max batch size 1000, must be greater than max event size (102400)",
  },
];

test.each(wrong)("refuses to start with $name", async ({ policy = POLICY, changes, says }) => {
  await expect(openWith(policy, changes)).rejects.toThrow(says);
});

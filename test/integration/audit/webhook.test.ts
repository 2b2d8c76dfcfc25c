/** Batches of audit events on their way to a webhook. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TcpDialer } from "#apiserver/backends/tcp-dialer.ts";
import { systemClock } from "#base/clock.ts";
import { auditSettings } from "#cli/audit-settings.ts";
import { silentLogger } from "#observability/logger.ts";
import { Metrics } from "#observability/metrics.ts";
import { openAuditor } from "#server/audit.ts";
import type { AuditConfig } from "#server/audit-config.ts";
import { fallbacksOf } from "../../conformance/control-plane.ts";
import {
  startWebhookServer,
  type WebhookServer,
  webhookKubeconfig,
} from "../../conformance/webhook-server.ts";
import { until } from "../until.ts";

const POLICY = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n";

const stack = new AsyncDisposableStack();
let directory: string;
let webhook: WebhookServer;
let batches: number[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubelith-audit-webhook-"));
  webhook = await startWebhookServer("/events", ({ items }: { items: unknown[] }) => {
    batches.push(items.length);
    return {};
  });
  await writeFile(join(directory, "policy.yaml"), POLICY);
  await writeFile(join(directory, "webhook.yaml"), webhookKubeconfig(webhook));
});

beforeEach(() => {
  batches = [];
});

afterAll(async () => {
  await stack.disposeAsync();
  await webhook[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function open(metrics: Metrics, changes: Partial<AuditConfig> = {}) {
  const config = {
    ...fallbacksOf(auditSettings),
    auditPolicyFile: join(directory, "policy.yaml"),
    auditWebhookConfigFile: join(directory, "webhook.yaml"),
    ...changes,
  };
  const auditor = await openAuditor(config, stack, {
    dialer: new TcpDialer({ clock: systemClock }),
    clock: systemClock,
    logger: silentLogger,
    metrics,
  });
  if (auditor === undefined) throw new Error("Nothing is recorded");
  return auditor;
}

/** Two events for each. */
async function follow(auditor: Awaited<ReturnType<typeof open>>, requests: number): Promise<void> {
  for (let index = 0; index < requests; index += 1) {
    const audit = auditor.follow({
      auditID: String(index),
      requestURI: "/version",
      sourceIPs: [],
      userAgent: "",
      isLongRunning: false,
      attributesFor: (user) => ({ type: "nonResource", user, verb: "get", path: "/version" }),
    });
    await audit.authenticated({ name: "jane", groups: [] });
    await audit.completed();
  }
}

test("full batches are sent at once, the rest when the server stops", async () => {
  const metrics = new Metrics();
  {
    await using auditor = await open(metrics, { auditWebhookBatchMaxSize: 4 });
    await follow(auditor, 5);
    await until(() => batches.length === 2);
  }
  expect(batches).toEqual([4, 4, 2]);
  const text = await metrics.expose();
  expect(text).toContain("apiserver_audit_event_total 10");
  expect(text).toContain('apiserver_audit_level_total{level="Metadata"} 5');
});

test("what a stopping server cannot get rid of is counted", async () => {
  const metrics = new Metrics();
  const nobody = join(directory, "nobody.yaml");
  await writeFile(nobody, webhookKubeconfig({ ...webhook, url: "https://127.0.0.1:1" }));
  {
    await using auditor = await open(metrics, { auditWebhookConfigFile: nobody });
    await follow(auditor, 3);
  }
  expect(await metrics.expose()).toContain('apiserver_audit_error_total{plugin="webhook"} 6');
});

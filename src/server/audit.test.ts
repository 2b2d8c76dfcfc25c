import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "#base/clock.ts";
import { silentLogger } from "#observability/logger.ts";
import { openAuditor } from "./audit.ts";

const POLICY = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "audit-config-"));
});

afterAll(() => rm(directory, { recursive: true }));

async function openWith(policy: string, auditLogPath: string) {
  const auditPolicyFile = join(directory, "policy.yaml");
  await writeFile(auditPolicyFile, policy);
  const limits = { auditLogMaxage: 0, auditLogMaxbackup: 0, auditLogMaxsize: 0 };
  const config = { auditPolicyFile, auditLogPath, ...limits };
  return openAuditor(config, { clock: systemClock, logger: silentLogger });
}

test("records nothing without a log", async () => {
  expect(await openWith(POLICY, "")).toBeUndefined();
});

const wrong: readonly { name: string; policy: string; path: string; says: string }[] = [
  {
    name: "a policy without rules",
    policy: POLICY.replace("[{level: Metadata}]", "[]"),
    path: "-",
    says: 'policy.yaml": rules: Required value: at least one rule is required',
  },
  {
    name: "a log that cannot be written",
    policy: POLICY,
    path: "/proc/audit.log",
    says: 'Cannot write to the file of --audit-log-path "/proc/audit.log": ',
  },
];

test.each(wrong)("refuses to start with $name", async ({ policy, path, says }) => {
  await expect(openWith(policy, path)).rejects.toThrow(says);
});

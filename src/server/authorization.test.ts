import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "#observability/logger.ts";
import { Metrics } from "#observability/metrics.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { openAuthorization } from "./authorization.ts";
import type { AuthorizationConfig } from "./authorization-config.ts";
import { authorizationProblems } from "./authorization-problems.ts";

const MINUTE = 60_000;
const NO_FLAGS: AuthorizationConfig = {
  authorizationConfig: "",
  authorizationMode: [],
  authorizationPolicyFile: "",
  authorizationWebhookConfigFile: "",
  authorizationWebhookVersion: undefined,
  authorizationWebhookCacheAuthorizedTtlMs: undefined,
  authorizationWebhookCacheUnauthorizedTtlMs: undefined,
};

let directory: string;
let kubeconfig: string;
let policies: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubelith-authorization-"));
  kubeconfig = join(directory, "kubeconfig");
  policies = join(directory, "policies");
  await writeFile(policies, '{"user":"jane"}\n');
  const cluster = { name: "w", cluster: { server: "https://127.0.0.1:1/authorize" } };
  const contexts = [{ name: "w", context: { cluster: "w" } }];
  await writeFile(kubeconfig, JSON.stringify({ clusters: [cluster], contexts, "current-context": "w" }));
});
afterAll(() => rm(directory, { recursive: true }));

function document(...authorizers: readonly object[]): string {
  const type = { apiVersion: "apiserver.config.k8s.io/v1", kind: "AuthorizationConfiguration" };
  return JSON.stringify({ ...type, authorizers });
}

const RBAC = { type: "RBAC", name: "rbac" };

function aWebhook(name: string, kubeConfigFile = kubeconfig) {
  const connectionInfo = { type: "KubeConfigFile", kubeConfigFile };
  const webhook = { timeout: "5s", failurePolicy: "Deny", subjectAccessReviewVersion: "v1", connectionInfo };
  return { type: "Webhook", name, webhook };
}

/** The chain of some flags, as `Type/name`, and what becomes of it. */
async function open(flags: Partial<AuthorizationConfig>) {
  const stack = new AsyncDisposableStack();
  const clock = new FakeClock();
  const metrics = new Metrics();
  const dialer = { dial: () => Promise.reject(new Error("nobody there")) };
  const config = { ...NO_FLAGS, ...flags, nodeName: "n1" };
  const dependencies = { dialer, clock, metrics, logger: silentLogger };
  const { authorization } = await openAuthorization(config, stack, dependencies);
  return {
    chain: () => authorization.chain.current.map(({ type, name }) => `${type}/${name}`),
    metrics,
    /** Waits for the file to be looked at. */
    later: async () => {
      await clock.advance(MINUTE);
      while (clock.pending === 0) await Bun.sleep(0);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe("openAuthorization", () => {
  const flags: { name: string; flags: () => Partial<AuthorizationConfig>; chain: string[] }[] = [
    { name: "no flags", flags: () => ({}), chain: ["Node/node", "RBAC/rbac"] },
    {
      name: "modes in their order",
      flags: () => ({
        authorizationMode: ["AlwaysDeny", "Webhook", "ABAC", "RBAC", "AlwaysAllow"],
        authorizationWebhookConfigFile: kubeconfig,
        authorizationPolicyFile: policies,
      }),
      chain: [
        "AlwaysDeny/alwaysdeny",
        "Webhook/default",
        "ABAC/abac",
        "RBAC/rbac",
        "AlwaysAllow/alwaysallow",
      ],
    },
  ];
  test.each(flags)("$name", async ({ flags, chain }) => {
    await using opened = await open(flags());
    expect(opened.chain()).toEqual(chain);
  });

  test.each([
    [{ authorizationMode: ["Webhook"], authorizationWebhookConfigFile: "/no/such" }, "authorization-webhook"],
    [{ authorizationMode: ["ABAC"], authorizationPolicyFile: "/no/such" }, "authorization-policy-file"],
    [{ authorizationConfig: "/no/such" }, 'the file of --authorization-config "/no/such"'],
  ] as const)("%j cannot be used", async (flags, says) => {
    await expect(open(flags)).rejects.toThrow(says);
  });

  test("a file that makes no sense cannot be used", async () => {
    const authorizationConfig = join(directory, "senseless");
    await writeFile(authorizationConfig, document({ type: "RBAC", name: "x" }));
    await expect(open({ authorizationConfig })).rejects.toThrow(
      `Cannot use the file of --authorization-config "${authorizationConfig}": expected name rbac for authorizer RBAC instead of x`,
    );
  });
});

test("a file of policies that makes no sense cannot be used", async () => {
  const authorizationPolicyFile = join(directory, "no-policies");
  await writeFile(authorizationPolicyFile, "# policies\njane\n");
  await expect(open({ authorizationMode: ["ABAC"], authorizationPolicyFile })).rejects.toThrow(
    `Cannot use the file of --authorization-policy-file "${authorizationPolicyFile}": line 2: jane: `,
  );
});

describe("a file of authorizers", () => {
  const followed = async () => {
    const authorizationConfig = join(directory, "followed");
    const write = (...authorizers: readonly object[]) =>
      writeFile(authorizationConfig, document(...authorizers));
    await write(aWebhook("first"), RBAC);
    return { ...(await open({ authorizationConfig })), write };
  };

  test("may name ABAC where there are policies", async () => {
    const authorizationConfig = join(directory, "abac");
    await writeFile(authorizationConfig, document({ type: "ABAC", name: "abac" }, RBAC));
    await using opened = await open({ authorizationConfig, authorizationPolicyFile: policies });
    expect(opened.chain()).toEqual(["ABAC/abac", "RBAC/rbac"]);
    await expect(open({ authorizationConfig })).rejects.toThrow("needs --authorization-policy-file");
  });

  test("is followed", async () => {
    await using file = await followed();
    expect(file.chain()).toEqual(["Webhook/first", "RBAC/rbac"]);
    await file.write(RBAC, aWebhook("second"), aWebhook("third"));
    await file.later();
    expect(file.chain()).toEqual(["RBAC/rbac", "Webhook/second", "Webhook/third"]);
    const text = await file.metrics.expose();
    expect(text).toMatch(
      /authorization_config_controller_automatic_reloads_total\{status="success",.*\} 1\n/,
    );
    expect(text).toMatch(/authorization_config_controller_last_config_info\{.*\} 1\n/);
  });

  test.each([
    ["what is not in it any more", () => [aWebhook("second")]],
    ["what was not in it", () => [RBAC, { type: "Node", name: "node" }]],
    ["nobody", () => []],
    ["a webhook that nobody can find", () => [RBAC, aWebhook("second", "/no/such")]],
  ])("leaves what was in force when it has changed to %s", async (_name, authorizers) => {
    await using file = await followed();
    await file.write(...authorizers());
    await file.later();
    expect(file.chain()).toEqual(["Webhook/first", "RBAC/rbac"]);
    expect(await file.metrics.expose()).toMatch(/automatic_reloads_total\{status="failure",.*\} 1\n/);
  });
});

describe("authorizationProblems", () => {
  const cases: { name: string; flags: Partial<AuthorizationConfig>; problem: string }[] = [
    {
      name: "a webhook without its file",
      flags: { authorizationMode: ["Webhook"] },
      problem:
        "Only one of --authorization-webhook-config-file and the mode Webhook of --authorization-mode is given: give both",
    },
    {
      name: "policies without the mode for them",
      flags: { authorizationPolicyFile: "/policies" },
      problem:
        "Only one of --authorization-policy-file and the mode ABAC of --authorization-mode is given: give both",
    },
    {
      name: "a mode twice",
      flags: { authorizationMode: ["RBAC", "Node", "RBAC"] },
      problem: "The mode RBAC is in --authorization-mode more than once: give it once",
    },
    ...(
      [
        { authorizationMode: ["RBAC"] },
        { authorizationWebhookVersion: "v1" },
        { authorizationWebhookCacheAuthorizedTtlMs: 0 },
      ] as const
    ).map((flags) => ({
      name: `a file besides ${Object.keys(flags).join()}`,
      flags: { authorizationConfig: "/a", ...flags },
      problem:
        "The flags --authorization-config and --authorization-mode or --authorization-webhook-… exclude each other: give one or the others",
    })),
  ];
  test.each(cases)("$name", ({ flags, problem }) => {
    expect(authorizationProblems({ ...NO_FLAGS, ...flags })).toEqual([problem]);
  });

  test("a file by itself", () => {
    expect(authorizationProblems({ ...NO_FLAGS, authorizationConfig: "/a" })).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAdmissionConfiguration } from "#apiserver/admission/configuration/read-admission-configuration.ts";
import { TcpDialer } from "#apiserver/backends/tcp-dialer.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { openAdmissionConfiguration } from "./admission-configuration.ts";
import type { AdmissionConfig } from "./config.ts";

const stack = new AsyncDisposableStack();
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "admission-config-"));
});
afterAll(async () => {
  await stack.disposeAsync();
  await rm(directory, { recursive: true });
});

async function open(text: string, files: Readonly<Record<string, string>> = {}) {
  const all = { "admission.yaml": text, ...files };
  for (const [name, content] of Object.entries(all)) await writeFile(join(directory, name), content);
  return (await openWith({ admissionControlConfigFile: join(directory, "admission.yaml") }))
    .admissionConfiguration;
}

function openWith(config: Partial<AdmissionConfig>) {
  const nothing = { admissionControlConfigFile: "", enableAdmissionPlugins: [], disableAdmissionPlugins: [] };
  const dependencies = { clock: new FakeClock(), dialer: new TcpDialer({ clock: new FakeClock() }) };
  return openAdmissionConfiguration({ ...nothing, ...config }, stack, dependencies);
}

const TYPE = "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\n";
const POD_SECURITY = "apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\n";
const indented = (text: string): string => text.trimEnd().replaceAll(/^/gm, "    ");
const podSecurity = (text: string): string =>
  `${TYPE}plugins:\n- name: PodSecurity\n  configuration:\n${indented(POD_SECURITY + text)}\n`;

test("nothing is configured without a file, and by one that says nothing", async () => {
  const { admissionConfiguration: nothing } = await openWith({});
  expect(nothing.podSecurity.defaults.enforce).toEqual({ level: "privileged", version: "latest" });
  expect(await open(TYPE)).toEqual(nothing);
});

test("defaults and exemptions of PodSecurity stand in the file or in one beside it", async () => {
  const text = `defaults:
  enforce: baseline
  enforce-version: v1.30
  warn: restricted
exemptions:
  usernames: [jane]
  namespaces: [kube-system]
  runtimeClasses: [gvisor]
`;
  const expected = {
    defaults: {
      enforce: { level: "baseline", version: 30 },
      audit: { level: "privileged", version: "latest" },
      warn: { level: "restricted", version: "latest" },
    },
    exemptions: { usernames: ["jane"], namespaces: ["kube-system"], runtimeClasses: ["gvisor"] },
  } as const;
  expect((await open(podSecurity(text))).podSecurity).toEqual(expected);
  const beside = `${TYPE}plugins:\n- name: PodSecurity\n  path: psa.yaml\n`;
  expect((await open(beside, { "psa.yaml": POD_SECURITY + text })).podSecurity).toEqual(expected);
});

test.each<[string, string, string]>([
  ["another kind", "kind: Pod", "apiVersion: Invalid value: null: must be apiserver.config.k8s.io/v1"],
  [
    "a plugin that has nothing to configure",
    `${TYPE}plugins: [{ name: ServiceAccount }]`,
    'plugins[0].name: Unsupported value: "ServiceAccount": supported values: "PodSecurity", "PodNodeSelector", "PodTolerationRestriction", "EventRateLimit", "ImagePolicyWebhook", "ResourceQuota", "MutatingAdmissionWebhook", "ValidatingAdmissionWebhook"',
  ],
  ["an unknown field", podSecurity("deflaults: {}"), "deflaults: Invalid value: unknown field"],
  [
    "an unknown level",
    podSecurity("defaults: { audit: strict }"),
    'defaults.audit: Invalid value: "strict": must be one of privileged, baseline, restricted',
  ],
  [
    "an unknown version",
    podSecurity("defaults: { warn-version: v2 }"),
    'defaults.warn-version: Invalid value: "v2": must be "latest" or "v1.x"',
  ],
  [
    "a name twice",
    podSecurity("exemptions: { namespaces: [a, a] }"),
    'exemptions.namespaces[1]: Duplicate value: "a"',
  ],
  [
    "no name",
    podSecurity("exemptions: { usernames: [''] }"),
    'exemptions.usernames[0]: Invalid value: "": username must not be empty',
  ],
])("%s is refused", async (_, text, problem) => {
  expect(open(text)).rejects.toThrow(problem);
  await open(text).catch(() => undefined);
});

test("a file that is not there is refused", async () => {
  const admissionControlConfigFile = join(directory, "nowhere.yaml");
  const opened = openWith({ admissionControlConfigFile });
  expect(opened).rejects.toThrow(/^Cannot use the file of --admission-control-config-file/);
  await opened.catch(() => undefined);
});

const plugin = (name: string, configuration: object): string =>
  `${TYPE}plugins: ${JSON.stringify([{ name, configuration }])}`;

describe("other plugins are configured", () => {
  const limit = { type: "Namespace", qps: 50, burst: 100 };
  const eventRateLimit = { apiVersion: "eventratelimit.admission.k8s.io/v1alpha1", kind: "Configuration" };
  const tolerationLists = {
    apiVersion: "podtolerationrestriction.admission.k8s.io/v1alpha1",
    kind: "Configuration",
  };
  const limited = { apiVersion: "apiserver.config.k8s.io/v1", kind: "ResourceQuotaConfiguration" };

  const webhookAdmission = {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "WebhookAdmissionConfiguration",
  };

  test("with selectors of nodes", async () => {
    const selectors = { clusterDefaultNodeSelector: "env=test", team: "env=prod,disk=ssd" };
    const document = { podNodeSelectorPluginConfig: selectors };
    expect((await open(plugin("PodNodeSelector", document))).podNodeSelector).toEqual(selectors);
    expect((await open(JSON.stringify(document))).podNodeSelector).toEqual(selectors);
  });

  test("with tolerations", async () => {
    const lists = { default: [{ key: "a", operator: "Exists" }], whitelist: [{ key: "a" }] };
    const opened = await open(plugin("PodTolerationRestriction", { ...tolerationLists, ...lists }));
    expect(opened.podTolerationRestriction).toMatchObject(lists);
  });

  test("with limits of events", async () => {
    const opened = await open(plugin("EventRateLimit", { ...eventRateLimit, limits: [limit] }));
    expect(opened.eventRateLimit).toEqual([limit] as never);
  });

  test("with a webhook that judges images", async () => {
    const policy = {
      kubeConfigFile: "/etc/images.kubeconfig",
      allowTTL: 50,
      denyTTL: -1,
      defaultAllow: true,
    };
    const opened = await readAdmissionConfiguration(await fileOf({ imagePolicy: policy }));
    expect(opened).toEqual({
      imagePolicy: {
        kubeConfigFile: "/etc/images.kubeconfig",
        allowTtlMs: 50_000,
        denyTtlMs: 0,
        retryBackoffMs: 500,
        defaultAllow: true,
      },
    });
  });

  test("with what is limited to those who have a quota", async () => {
    const limitedResources = [{ resource: "pods", matchContains: ["cpu"] }];
    const opened = await open(plugin("ResourceQuota", { ...limited, limitedResources }));
    expect(opened.limitedResources).toEqual(limitedResources);
  });

  test("with users as whom webhooks are called", async () => {
    const users = join(directory, "users");
    const file = {
      users: [{ name: "*", user: { token: "a" } }],
      contexts: [{ name: "c", context: { user: "*" } }],
    };
    await writeFile(users, JSON.stringify({ ...file, "current-context": "c" }));
    const document = { ...webhookAdmission, kubeConfigFile: users };
    const admissionControlConfigFile = await fileOf(document, "MutatingAdmissionWebhook");
    const { admit, validating } = (await openWith({ admissionControlConfigFile })).webhookUsers;
    expect([await admit?.byName.get("*")?.token?.(), await admit?.current?.token?.(), validating]).toEqual([
      "a",
      "a",
      undefined,
    ]);
    await writeFile(users, "{users: [{name: x, user: {exec: {}}}]}");
    await expect(openWith({ admissionControlConfigFile })).rejects.toThrow("logging in with a command");
  });

  test.each<[string, object, string]>([
    [
      "ValidatingAdmissionWebhook",
      { ...webhookAdmission, kubeConfigFile: "users" },
      'kubeConfigFile: Invalid value: "users": must be an absolute file path',
    ],
    ["PodNodeSelector", { podNodeSelectorPluginConfig: { a: "b" } }, "invalid selector: [b]"],
    ["PodNodeSelector", { podNodeSelectorPluginConfig: { a: "b=c d" } }, "podNodeSelectorPluginConfig.a"],
    [
      "PodTolerationRestriction",
      { ...tolerationLists, default: [{ operator: "Equal", effect: "Often" }] },
      'default[0].effect: Unsupported value: "Often"',
    ],
    ["EventRateLimit", eventRateLimit, "limits: Invalid value: null: must not be empty"],
    [
      "EventRateLimit",
      { ...eventRateLimit, limits: [{ ...limit, qps: 0 }] },
      "limits[0].qps: Invalid value: 0: must be positive",
    ],
    ["ImagePolicyWebhook", { imagePolicy: {} }, "imagePolicy.kubeConfigFile: Required value"],
    [
      "ImagePolicyWebhook",
      { imagePolicy: { kubeConfigFile: "/x", allowTTL: 5000 } },
      "imagePolicy.allowTTL: Invalid value: 5000: valid value is between 1s and 30m0s",
    ],
    ["ResourceQuota", { ...limited, limitedResources: [{}] }, "limitedResources[0].resource: Required value"],
  ])("but %s not with %j", async (name, configuration, problem) => {
    expect(await readAdmissionConfiguration(await fileOf(configuration, name))).toContain(problem);
  });
});

async function fileOf(configuration: object, name = "ImagePolicyWebhook"): Promise<string> {
  const file = join(directory, "plugin.yaml");
  await writeFile(file, plugin(name, configuration));
  return file;
}

test.each(["EventRateLimit", "ImagePolicyWebhook"])(
  "%s is not switched on without its configuration",
  async (name) => {
    const opened = openWith({ enableAdmissionPlugins: [name] });
    expect(opened).rejects.toThrow(
      `Cannot switch on the admission plugin "${name}": the file of --admission-control-config-file does not configure it`,
    );
    await opened.catch(() => undefined);
  },
);

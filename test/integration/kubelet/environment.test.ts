import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Container, EnvFromSource, EnvVar } from "#api/generated/core-v1.ts";
import { aNode, NODE, NODE_IP, type TestNode } from "./test-node.ts";

let node: TestNode;
beforeAll(async () => {
  node = await aNode();
  const { client } = node.cluster;
  const namespace = "default";
  await client.create("ConfigMap", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings", namespace },
    data: { colour: "green", size: "7" },
  });
  await client.create("Secret", {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "keys", namespace },
    stringData: { token: "hush", colour: "black" },
  });
  await client.create("Service", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "my-db", namespace },
    spec: { clusterIP: "10.96.7.7", ports: [{ name: "sql", port: 5432 }] },
  });
});
afterAll(() => node[Symbol.asyncDispose]());

let pods = 0;

/** The environment of a container, without what the Services put into it. */
async function environmentOf(
  container: Partial<Container>,
  metadata: { readonly annotations?: Record<string, string>; readonly labels?: Record<string, string> } = {},
): Promise<Readonly<Record<string, string>>> {
  const name = `pod-${String((pods += 1))}`;
  const app = { name: "app", image: "app:1", ...container };
  await node.createPod(name, { enableServiceLinks: false, containers: [app] }, metadata);
  const { env } = await node.configOf(name);
  // The node has CPUs for some such pods only.
  await node.cluster.client.delete("Pod", { namespace: "default", name }, { gracePeriodSeconds: 0 });
  return Object.fromEntries(
    env.filter((each) => !each.name.startsWith("KUBERNETES_")).map((each) => [each.name, each.value]),
  );
}

interface VariableCase {
  readonly name: string;
  readonly variable: Omit<EnvVar, "name">;
  readonly value: string | undefined;
}

const fieldRef = (fieldPath: string): Omit<EnvVar, "name"> => ({ valueFrom: { fieldRef: { fieldPath } } });
const resourceFieldRef = (resource: string, divisor = "0"): Omit<EnvVar, "name"> => ({
  valueFrom: { resourceFieldRef: { resource, divisor } },
});

const cases: readonly VariableCase[] = [
  { name: "a value", variable: { value: "plain" }, value: "plain" },
  { name: "an empty value", variable: { value: "" }, value: "" },
  {
    name: "a value that names others",
    variable: { value: "$(FIRST) $(NONE) $$(FIRST)" },
    value: "one $(NONE) $(FIRST)",
  },
  { name: "a label", variable: fieldRef("metadata.labels['tier']"), value: "front" },
  { name: "an annotation", variable: fieldRef("metadata.annotations['note']"), value: "two\nlines" },
  { name: "the namespace", variable: fieldRef("metadata.namespace"), value: "default" },
  { name: "the node", variable: fieldRef("spec.nodeName"), value: NODE },
  { name: "the service account", variable: fieldRef("spec.serviceAccountName"), value: "default" },
  { name: "the host's address", variable: fieldRef("status.hostIP"), value: NODE_IP },
  { name: "CPUs, rounded up", variable: resourceFieldRef("limits.cpu"), value: "1" },
  { name: "CPUs in thousandths", variable: resourceFieldRef("limits.cpu", "1m"), value: "250" },
  { name: "memory in mebibytes", variable: resourceFieldRef("requests.memory", "1Mi"), value: "64" },
  {
    name: "a limit that is not set: what the node has",
    variable: resourceFieldRef("limits.memory", "1Mi"),
    value: "8092",
  },
  { name: "a request that is not set", variable: resourceFieldRef("requests.ephemeral-storage"), value: "0" },
  {
    name: "a key of a ConfigMap",
    variable: { valueFrom: { configMapKeyRef: { name: "settings", key: "colour" } } },
    value: "green",
  },
  {
    name: "a key of a Secret",
    variable: { valueFrom: { secretKeyRef: { name: "keys", key: "token" } } },
    value: "hush",
  },
  {
    name: "an optional key that does not exist",
    variable: { valueFrom: { configMapKeyRef: { name: "settings", key: "none", optional: true } } },
    value: undefined,
  },
  {
    name: "an optional Secret that does not exist",
    variable: { valueFrom: { secretKeyRef: { name: "none", key: "none", optional: true } } },
    value: undefined,
  },
];

describe("a variable", () => {
  test.each(cases)("$name", async ({ variable, value }) => {
    const environment = await environmentOf(
      {
        resources: { limits: { cpu: "250m" }, requests: { memory: "64Mi" } },
        env: [
          { name: "FIRST", value: "one" },
          { name: "SUBJECT", ...variable },
        ],
      },
      { labels: { tier: "front" }, annotations: { note: "two\nlines" } },
    );
    expect(environment["SUBJECT"]).toBe(value as string);
  });

  test("has the pod's own address and uid", async () => {
    await node.createPod("addressed", {
      containers: [
        {
          name: "app",
          image: "app:1",
          env: [
            { name: "IP", ...fieldRef("status.podIP") },
            { name: "IPS", ...fieldRef("status.podIPs") },
            { name: "UID", ...fieldRef("metadata.uid") },
          ],
        },
      ],
    });
    const { env } = await node.configOf("addressed");
    const { metadata, status } = await node.pod("addressed");
    const podIP = status?.podIP ?? "no address";
    expect(env).toContainEqual({ name: "IP", value: podIP });
    expect(env).toContainEqual({ name: "IPS", value: podIP });
    expect(env).toContainEqual({ name: "UID", value: metadata.uid });
  });

  test("fills command and arguments", async () => {
    await node.createPod("spoken", {
      containers: [
        {
          name: "app",
          image: "app:1",
          env: [{ name: "WORD", value: "hi" }],
          command: ["say", "$(WORD)", "$$(WORD)"],
          args: ["$(NOBODY)", "$(WORD)!"],
        },
      ],
    });
    expect(await node.configOf("spoken")).toMatchObject({
      command: ["say", "hi", "$(WORD)"],
      args: ["$(NOBODY)", "hi!"],
    });
  });
});

describe("envFrom", () => {
  interface Case {
    readonly name: string;
    readonly envFrom: readonly EnvFromSource[];
    readonly env?: readonly EnvVar[];
    readonly environment: Readonly<Record<string, string>>;
  }
  const tables: readonly Case[] = [
    {
      name: "takes all keys of a ConfigMap",
      envFrom: [{ configMapRef: { name: "settings" } }],
      environment: { colour: "green", size: "7" },
    },
    {
      name: "puts a prefix before them",
      envFrom: [{ prefix: "S_", secretRef: { name: "keys" } }],
      environment: { S_token: "hush", S_colour: "black" },
    },
    {
      name: "lets the later source win, and the container's own variable over all",
      envFrom: [{ configMapRef: { name: "settings" } }, { secretRef: { name: "keys" } }],
      env: [{ name: "size", value: "8" }],
      environment: { colour: "black", size: "8", token: "hush" },
    },
    {
      name: "leaves out an optional source that does not exist",
      envFrom: [{ configMapRef: { name: "none", optional: true } }],
      environment: {},
    },
  ];

  test.each(tables)("$name", async ({ envFrom, env = [], environment }) => {
    expect(await environmentOf({ envFrom, env })).toEqual(environment);
  });
});

describe("Services", () => {
  test("tell where they are, those of the pod's namespace and the API server", async () => {
    await node.createPod("client");
    const { env } = await node.configOf("client");
    const environment = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    expect(environment).toMatchObject({
      MY_DB_SERVICE_HOST: "10.96.7.7",
      MY_DB_SERVICE_PORT: "5432",
      MY_DB_SERVICE_PORT_SQL: "5432",
      MY_DB_PORT: "tcp://10.96.7.7:5432",
      MY_DB_PORT_5432_TCP: "tcp://10.96.7.7:5432",
      MY_DB_PORT_5432_TCP_PROTO: "tcp",
      MY_DB_PORT_5432_TCP_PORT: "5432",
      MY_DB_PORT_5432_TCP_ADDR: "10.96.7.7",
      KUBERNETES_SERVICE_HOST: expect.stringMatching(/^10\./),
      KUBERNETES_SERVICE_PORT: "443",
    });
  });

  test("of its namespace are left out where the pod does not want them", async () => {
    await node.createPod("quiet", { enableServiceLinks: false });
    const { env } = await node.configOf("quiet");
    const names = env.map(({ name }) => name);
    expect(names).not.toContain("MY_DB_SERVICE_HOST");
    expect(names).toContain("KUBERNETES_SERVICE_HOST");
  });
});

describe("what does not exist", () => {
  interface Case {
    readonly name: string;
    readonly container: Partial<Container>;
    readonly message: string;
  }
  const missing: readonly Case[] = [
    {
      name: "configmap",
      container: { env: [{ name: "X", valueFrom: { configMapKeyRef: { name: "none", key: "k" } } }] },
      message: 'configmap "none" not found',
    },
    {
      name: "configmap-key",
      container: { env: [{ name: "X", valueFrom: { configMapKeyRef: { name: "settings", key: "k" } } }] },
      message: "couldn't find key k in ConfigMap default/settings",
    },
    {
      name: "secret",
      container: { env: [{ name: "X", valueFrom: { secretKeyRef: { name: "none", key: "k" } } }] },
      message: 'secret "none" not found',
    },
    {
      name: "secret-key",
      container: { env: [{ name: "X", valueFrom: { secretKeyRef: { name: "keys", key: "k" } } }] },
      message: "couldn't find key k in Secret default/keys",
    },
    {
      name: "whole-secret",
      container: { envFrom: [{ secretRef: { name: "none" } }] },
      message: 'secret "none" not found',
    },
  ];

  test.each(missing)("a missing $name keeps the container waiting", async ({ name, container, message }) => {
    await node.createPod(`missing-${name}`, { containers: [{ name: "app", image: "app:1", ...container }] });
    await node.statusOf(`missing-${name}`, ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]?.state).toEqual({
        waiting: { reason: "CreateContainerConfigError", message },
      });
    });
    // So many events at once have to wait for each other.
    await node.eventually(async () => {
      expect(await node.eventsOf(`missing-${name}`)).toContain(`Failed: Error: ${message}`);
    });
  });

  test("lets the container start as soon as it exists", async () => {
    await node.createPod("patient", {
      containers: [{ name: "app", image: "app:1", envFrom: [{ configMapRef: { name: "late" } }] }],
    });
    await node.statusOf("patient", ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]?.state?.waiting?.reason).toBe("CreateContainerConfigError");
    });
    await node.cluster.client.create("ConfigMap", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "late", namespace: "default" },
      data: { now: "here" },
    });
    const { env } = await node.configOf("patient");
    expect(env).toContainEqual({ name: "now", value: "here" });
  });
});

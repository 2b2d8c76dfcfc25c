import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Pod, PodCondition, PodSpec } from "#api/generated/core-v1.ts";
import type { PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from "#api/generated/policy-v1.ts";
import { findCondition } from "#apimachinery/conditions.ts";
import { aPod, aServiceAccount } from "#testing/objects.ts";
import { failureOf, statusErrorOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

const A = { namespace: "default", name: "a" } as const;

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
  await server.client.create("ServiceAccount", aServiceAccount("default"));
});
afterEach(() => server[Symbol.asyncDispose]());

function createPod(
  name = "a",
  spec: Partial<PodSpec> = {},
  labels: Record<string, string> = {},
): Promise<Pod> {
  return server.client.create("Pod", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels },
    spec: { containers: [{ name: "app", image: "app:1" }], ...spec },
  });
}

const getPod = (name = "a"): Promise<Pod> => server.client.get("Pod", { namespace: "default", name });

async function report(name: string, phase: "Pending" | "Running", ready: "True" | "False"): Promise<void> {
  const pod = await getPod(name);
  const conditions: readonly PodCondition[] = [{ type: "Ready", status: ready, lastTransitionTime: null }];
  await server.client.updateStatus("Pod", { ...pod, status: { ...pod.status, phase, conditions } });
}

describe("a new pod", () => {
  test("runs as the default service account, with its token", async () => {
    const { spec } = await createPod();
    expect(spec.serviceAccountName).toBe("default");
    expect(spec.serviceAccount).toBe("default");
    const [volume] = spec.volumes ?? [];
    expect(volume?.name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
    expect(volume?.projected).toEqual({
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardAPI: {
            items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
          },
        },
      ],
    });
    expect(spec.containers[0]?.volumeMounts).toEqual([
      {
        name: volume?.name ?? "",
        readOnly: true,
        mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
      },
    ]);
  });

  test("gets no token when the account or the pod does not want one", async () => {
    await server.client.create("ServiceAccount", {
      ...aServiceAccount("quiet"),
      automountServiceAccountToken: false,
    });
    expect((await createPod("a", { serviceAccountName: "quiet" })).spec.volumes).toBeUndefined();
    expect((await createPod("b", { automountServiceAccountToken: false })).spec.volumes).toBeUndefined();
    const loud = await createPod("c", { serviceAccountName: "quiet", automountServiceAccountToken: true });
    expect(loud.spec.volumes).toHaveLength(1);
  });

  test("gets the pull secrets of its account unless it has its own", async () => {
    await server.client.create("ServiceAccount", {
      ...aServiceAccount("puller"),
      imagePullSecrets: [{ name: "registry" }],
    });
    const inherited = await createPod("a", { serviceAccountName: "puller" });
    expect(inherited.spec.imagePullSecrets).toEqual([{ name: "registry" }]);
    const own = await createPod("b", { serviceAccountName: "puller", imagePullSecrets: [{ name: "own" }] });
    expect(own.spec.imagePullSecrets).toEqual([{ name: "own" }]);
  });

  test("is refused when its account is not there", async () => {
    expect(await failureOf(createPod("a", { serviceAccountName: "none" }))).toBe(
      '403 Forbidden: pods "a" is forbidden: error looking up service account default/none: serviceaccount "none" not found',
    );
  });

  test("waits for the default account of a new namespace", async () => {
    await server.client.create("Namespace", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "new" },
      spec: {},
    });
    const creating = server.client.create("Pod", aPod("a", { namespace: "new" }));
    await server.clock.advance(100);
    await server.client.create("ServiceAccount", aServiceAccount("default", { namespace: "new" }));
    await server.clock.advance(5000);
    expect((await creating).spec.serviceAccountName).toBe("default");
  });

  test("tolerates failing nodes for five minutes", async () => {
    const { spec } = await createPod();
    expect(spec.tolerations).toEqual([
      {
        key: "node.kubernetes.io/not-ready",
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: 300,
      },
      {
        key: "node.kubernetes.io/unreachable",
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: 300,
      },
    ]);
    const tolerant = await createPod("b", { tolerations: [{ operator: "Exists" }] });
    expect(tolerant.spec.tolerations).toEqual([{ operator: "Exists" }]);
  });

  test("gets the priority of its class", async () => {
    expect((await createPod()).spec).toMatchObject({ priority: 0, preemptionPolicy: "PreemptLowerPriority" });
    const critical = await createPod("b", { priorityClassName: "system-node-critical" });
    expect(critical.spec.priority).toBe(2_000_001_000);
    expect(await failureOf(createPod("c", { priorityClassName: "none" }))).toBe(
      '403 Forbidden: pods "c" is forbidden: no PriorityClass with name none was found',
    );
    expect(await failureOf(createPod("d", { priority: 5 }))).toContain(
      "the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name",
    );
  });

  test("gets the class that is the default", async () => {
    await server.client.create("PriorityClass", {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: "usual" },
      value: 7,
      globalDefault: true,
      preemptionPolicy: "Never",
    });
    expect((await createPod()).spec).toMatchObject({
      priorityClassName: "usual",
      priority: 7,
      preemptionPolicy: "Never",
    });
    const second = server.client.create("PriorityClass", {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: "other" },
      value: 8,
      globalDefault: true,
    });
    expect(await failureOf(second)).toContain(
      "PriorityClass usual is already marked as default. Only one default can exist",
    );
  });
});

test("a new node cannot be scheduled to until it is ready", async () => {
  const node = await server.client.create("Node", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "node-1" },
    spec: {},
  });
  expect(node.spec.taints).toEqual([{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }]);
});

describe("binding", () => {
  const binding = (name: string, node: string) => ({
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name },
    target: { kind: "Node", name: node },
  });

  test("puts the pod on the node", async () => {
    await createPod();
    await server.clock.advance(3000);
    const { code, object } = await server.sendForObject(
      { kind: "Pod", ...A, subresource: "binding" },
      { verb: "create", object: binding("a", "node-1") },
    );
    expect(code).toBe(201);
    expect(object).toMatchObject({ kind: "Status", status: "Success", code: 201 });
    const pod = await getPod();
    expect(pod.spec.nodeName).toBe("node-1");
    expect(findCondition(pod.status?.conditions, "PodScheduled")).toEqual({
      type: "PodScheduled",
      status: "True",
      lastProbeTime: null,
      lastTransitionTime: "2026-01-01T00:00:03Z",
    });
  });

  test("can be posted as an object of its own", async () => {
    await createPod();
    await server.send(
      { kind: "Binding", namespace: "default" },
      { verb: "create", object: binding("a", "node-1") },
    );
    expect((await getPod()).spec.nodeName).toBe("node-1");
  });

  test("is refused for a pod that has a node, is gated, or is missing", async () => {
    const bind = (name: string, node = "node-1") =>
      failureOf(server.client.createSubresource("Pod", { ...A, name }, "binding", binding(name, node)));
    await createPod("bound", { nodeName: "node-2" });
    await createPod("gated", { schedulingGates: [{ name: "example.com/gate" }] });
    await createPod("a");
    expect(await bind("bound")).toBe(
      '409 Conflict: Operation cannot be fulfilled on pods/binding "bound": pod bound is already assigned to node "node-2"',
    );
    expect(await bind("gated")).toBe(
      '409 Conflict: Operation cannot be fulfilled on pods/binding "gated": pod gated has non-empty .spec.schedulingGates',
    );
    expect(await bind("none")).toBe('404 NotFound: pods "none" not found');
    expect(await bind("a", "")).toBe("500 Unknown: target.name: Required value");
  });

  test("of two schedulers only one wins", async () => {
    await createPod();
    const bind = (node: string) =>
      server.client.createSubresource("Pod", A, "binding", binding("a", node)).then(
        () => node,
        () => undefined,
      );
    const winners = (await Promise.all(["n1", "n2", "n3", "n4"].map(bind))).filter(
      (each) => each !== undefined,
    );
    expect(winners).toHaveLength(1);
    expect((await getPod()).spec.nodeName).toBe(winners[0] as string);
  });

  test("only looks in a dry run", async () => {
    await createPod();
    await server.client.createSubresource("Pod", A, "binding", binding("a", "n1"), { dryRun: true });
    expect((await getPod()).spec.nodeName).toBeUndefined();
  });
});

describe("warnings", () => {
  test("of a new pod are about what was sent, of a status about its addresses", async () => {
    const key = "container.apparmor.security.beta.kubernetes.io/app";
    const sent = aPod("a", { annotations: { [key]: "unconfined" } });
    const created = await server.sendForObject(
      { kind: "Pod", namespace: "default" },
      { verb: "create", object: sent },
    );
    expect(created.warnings).toEqual([
      `metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`,
    ]);
    const stored = await getPod();
    expect(stored.spec.containers[0]?.securityContext).toEqual({ appArmorProfile: { type: "Unconfined" } });
    const podIPs = [{ ip: "FD00::1" }];
    const reported = await server.sendForObject(
      { kind: "Pod", ...A, subresource: "status" },
      { verb: "update", object: { ...stored, status: { ...stored.status, podIPs } } },
    );
    expect(reported.warnings).toEqual([
      'status.podIPs[0].ip: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
    ]);
  });
});

describe("eviction", () => {
  const evict = (name = "a", deleteOptions: object = {}) =>
    server.sendForObject(
      { kind: "Pod", namespace: "default", name, subresource: "eviction" },
      {
        verb: "create",
        object: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name }, deleteOptions },
      },
    );

  async function createBudget(
    status: Partial<PodDisruptionBudgetStatus>,
    { name = "budget", ...spec }: PodDisruptionBudgetSpec & { readonly name?: string } = {},
  ): Promise<void> {
    const budget = await server.client.create("PodDisruptionBudget", {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name, namespace: "default" },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } }, ...spec },
    });
    await server.client.updateStatus("PodDisruptionBudget", {
      ...budget,
      status: {
        observedGeneration: 1,
        currentHealthy: 2,
        desiredHealthy: 1,
        disruptionsAllowed: 1,
        expectedPods: 2,
        ...status,
      },
    });
  }

  const budgetStatus = async () =>
    (await server.client.get("PodDisruptionBudget", { namespace: "default", name: "budget" })).status;

  beforeEach(async () => {
    for (const name of ["a", "b"]) {
      await createPod(name, { nodeName: "node-1" }, { app: "web" });
      await report(name, "Running", "True");
    }
  });

  test("deletes a pod that no budget counts", async () => {
    const { code, object } = await evict();
    expect([code, object]).toEqual([201, expect.objectContaining({ status: "Success", code: 201 }) as never]);
    const { metadata, status } = await getPod();
    expect(metadata.deletionTimestamp).toBe("2026-01-01T00:00:30Z");
    expect(findCondition(status?.conditions, "DisruptionTarget")).toMatchObject({
      status: "True",
      reason: "EvictionByEvictionAPI",
      message: "Eviction API: evicting",
    });
  });

  test("spends a disruption of the budget", async () => {
    await createBudget({ disruptionsAllowed: 1 });
    await evict("a");
    expect(await budgetStatus()).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { a: "2026-01-01T00:00:00Z" },
    });
    const { status } = await statusErrorOf(evict("b"));
    expect(status).toMatchObject({
      code: 429,
      reason: "TooManyRequests",
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [
          {
            reason: "DisruptionBudget",
            message: "The disruption budget budget does not allow evicting pods currently",
          },
        ],
      },
    });
    expect((await getPod("b")).metadata.deletionTimestamp).toBeUndefined();
  });

  test("of many pods at once spends no more than there is", async () => {
    await createBudget({ disruptionsAllowed: 1 });
    const results = await Promise.allSettled([evict("a"), evict("b")]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect((await budgetStatus())?.disruptionsAllowed).toBe(0);
  });

  test("waits for the controller to have seen the budget", async () => {
    await createBudget({ observedGeneration: 0 });
    const { status } = await statusErrorOf(evict());
    expect(status).toMatchObject({
      code: 429,
      details: {
        retryAfterSeconds: 10,
        causes: [{ message: "The disruption budget budget is still being processed by the server." }],
      },
    });
  });

  test("asks no budget for a pod that is out of service", async () => {
    await createBudget({ disruptionsAllowed: 0 });
    await report("a", "Pending", "False");
    await evict("a");
    expect((await budgetStatus())?.disruptionsAllowed).toBe(0);
    await report("b", "Running", "False");
    await evict("b");
    expect((await getPod("b")).metadata.deletionTimestamp).not.toBeUndefined();
  });

  test("does not know what to do about two budgets", async () => {
    await createBudget({});
    await createBudget({}, { name: "other" });
    expect(await failureOf(evict())).toBe(
      "500 Unknown: This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  });

  test("keeps to the options of a deletion", async () => {
    await createBudget({ disruptionsAllowed: 2 });
    await evict("a", { dryRun: ["All"] });
    expect((await budgetStatus())?.disruptionsAllowed).toBe(2);
    expect(await failureOf(evict("a", { preconditions: { uid: "other" } }))).toStartWith("409 Conflict");
    await evict("b", { gracePeriodSeconds: 0 });
    expect(await failureOf(getPod("b"))).toBe('404 NotFound: pods "b" not found');
  });

  test("wants the name of the URL", async () => {
    const request = server.send(
      { kind: "Pod", ...A, subresource: "eviction" },
      { verb: "create", object: { metadata: { name: "b" } } },
    );
    expect(await failureOf(request)).toBe(
      "400 BadRequest: name in URL does not match name in Eviction object",
    );
  });
});

describe("ephemeral containers", () => {
  test("are added through their own subresource only", async () => {
    const pod = await createPod();
    const spec = {
      ...pod.spec,
      ephemeralContainers: [{ name: "debug", image: "busybox" }],
    } as PodSpec;
    expect(await failureOf(server.client.update("Pod", { ...pod, spec }))).toStartWith("422 Invalid");
    const debugged = await server.client.update(
      "Pod",
      { ...pod, spec },
      { subresource: "ephemeralcontainers" },
    );
    expect(debugged.spec.ephemeralContainers?.map(({ name }) => name)).toEqual(["debug"]);
  });
});

describe("resize", () => {
  test("changes resources through its own subresource only", async () => {
    const pod = await createPod("a", {
      containers: [{ name: "app", image: "app:1", resources: { requests: { cpu: "100m" } } }],
    });
    const [container] = pod.spec.containers;
    const spec = {
      ...pod.spec,
      containers: [{ ...container, resources: { requests: { cpu: "200m" } } }],
    } as PodSpec;
    expect(await failureOf(server.client.update("Pod", { ...pod, spec }))).toStartWith("422 Invalid");
    const resized = await server.client.update("Pod", { ...pod, spec }, { subresource: "resize" });
    expect(resized.spec.containers[0]?.resources?.requests).toEqual({ cpu: "200m" });
    expect(resized.metadata.generation).toBe(2);
  });
});

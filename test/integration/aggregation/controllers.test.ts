import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isNotFound } from "#apimachinery/status-error.ts";
import { PRIVILEGED_GROUP, type UserInfo } from "#apimachinery/user.ts";
import { type Clock, systemClock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { garbageCollectorController } from "#controllers/garbage-collector/garbage-collector.ts";
import { namespaceController } from "#controllers/namespace.ts";
import { silentLogger } from "#observability/logger.ts";
import { servedDiscovery } from "#reconcile/kind-discovery.ts";
import { runControllers } from "#reconcile/run-controllers.ts";
import { ReflectedInformers } from "#reconcile/shared-informers.ts";
import { aConfigMap } from "#testing/objects.ts";
import { until } from "../until.ts";
import { ExtendedCluster } from "./cluster.ts";

const USER: UserInfo = { name: "system:kube-controller-manager", groups: [PRIVILEGED_GROUP] };
/** Seconds are not worth waiting for. */
const hastyClock: Clock = { ...systemClock, after: (ms, callback) => systemClock.after(ms / 50, callback) };
const WARDLE = "v1alpha1.wardle.example.com";

let cluster: ExtendedCluster;
let client: Client;
const stack = new AsyncDisposableStack();
beforeAll(async () => {
  cluster = stack.use(await ExtendedCluster.start());
  client = cluster.server.extendedClient(USER);
  const { aggregator } = cluster.server;
  const common = { client, clock: hastyClock, random: Math.random, logger: silentLogger };
  const informers = stack.use(new ReflectedInformers(common));
  const discovery = servedDiscovery(aggregator.kinds);
  const controllers = [garbageCollectorController, namespaceController];
  stack.use(runControllers(controllers, { ...common, clientFor: () => client, informers, discovery }));
  await cluster.register("wardle.example.com", "v1alpha1");
  await cluster.untilAvailable(WARDLE);
  await until(() => aggregator.kinds.list().some(({ resource }) => resource.kind === "Flunder"));
});
afterAll(() => stack.disposeAsync());

async function createFlunder(
  namespace: string,
  name: string,
  owner?: { readonly name: string; readonly uid: string },
) {
  const ownerReferences = owner && [{ apiVersion: "v1", kind: "ConfigMap", ...owner }];
  const metadata = { name, ...(ownerReferences && { ownerReferences }) };
  const path = `/apis/wardle.example.com/v1alpha1/namespaces/${namespace}/flunders`;
  await cluster.server.connect().send({ path, method: "POST", body: JSON.stringify({ metadata }) });
}

async function createNamespace(name: string): Promise<void> {
  await client.create("Namespace", { apiVersion: "v1", kind: "Namespace", metadata: { name }, spec: {} });
}

async function namespaceCondition(name: string): Promise<string> {
  try {
    const { status } = await client.get("Namespace", { name });
    const [condition] = status?.conditions ?? [];
    return condition === undefined ? "" : `${condition.status} ${condition.reason}: ${condition.message}`;
  } catch (error) {
    if (isNotFound(error)) return "gone";
    throw error;
  }
}

describe("controllers of all kinds", () => {
  test("delete what a namespace has on an extension server", async () => {
    await createNamespace("first");
    await createFlunder("first", "a");
    await client.delete("Namespace", { name: "first" });
    await until(async () => (await namespaceCondition("first")) === "gone");
    expect(cluster.extension.flunders.names).toEqual([]);
  });

  test("delete what has lost its owner", async () => {
    await createNamespace("second");
    const owner = await client.create("ConfigMap", aConfigMap("owner", { namespace: "second" }));
    const { name, uid } = owner.metadata;
    await createFlunder("second", "owned", { name, uid });
    await until(() => cluster.extension.flunders.names.length === 1);
    await client.delete("ConfigMap", { namespace: "second", name });
    await until(() => cluster.extension.flunders.names.length === 0);
  });

  test("keep a namespace until an extension server says what there is", async () => {
    await createNamespace("third");
    await createFlunder("third", "a");
    await client.create("ConfigMap", aConfigMap("a", { namespace: "third" }));
    await cluster.extension.stop();
    const stored = await client.get("APIService", { name: WARDLE });
    await client.update("APIService", { ...stored, spec: { ...stored.spec, versionPriority: 7 } });
    await until(() => cluster.server.aggregator.kinds.undiscovered().length === 1);
    await client.delete("Namespace", { name: "third" });
    await until(async () => (await namespaceCondition("third")).startsWith("True"));
    expect(await namespaceCondition("third")).toBe(
      "True DiscoveryFailed: Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: wardle.example.com/v1alpha1: stale GroupVersion discovery: wardle.example.com/v1alpha1",
    );
    expect((await client.list("ConfigMap", { namespace: "third" })).items).toEqual([]);
    await cluster.extension.start();
    await until(async () => (await namespaceCondition("third")) === "gone");
    expect(cluster.extension.flunders.names).toEqual([]);
  }, 30_000);
});

test("a client in this process asks extension servers under its own name", async () => {
  const flunder = cluster.server.aggregator.kinds.list().find(({ resource }) => resource.kind === "Flunder");
  if (flunder === undefined) throw new Error("There are no flunders");
  const { items } = await client.list(flunder.resource);
  expect(items).toEqual([]);
  const seen = cluster.extension.requests.findLast(({ url }) => url.includes("/flunders"));
  expect(seen?.headers["x-remote-user"]).toBe(USER.name);
  const stranger = cluster.server.extendedClient({ name: "jane", groups: [] });
  await expect(stranger.list(flunder.resource)).rejects.toThrow(
    'User "jane" cannot list resource "flunders"',
  );
});

test("a namespace does not wait for kinds of an extension server that is not registered any more", async () => {
  await createNamespace("fourth");
  await cluster.server.client.delete("APIService", { name: WARDLE });
  await until(
    () => !cluster.server.aggregator.kinds.list().some(({ resource }) => resource.kind === "Flunder"),
  );
  await client.delete("Namespace", { name: "fourth" });
  await until(async () => (await namespaceCondition("fourth")) === "gone");
});

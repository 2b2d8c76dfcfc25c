import { describe, expect, test } from "bun:test";
import type { Pod } from "#api/generated/core-v1.ts";
import { builtInResource, type Resource } from "#api/resource.ts";
import type { OwnerReference } from "#apimachinery/generated/meta-v1.ts";
import { silentLogger } from "#observability/logger.ts";
import type { Watch, WatchEverything } from "./controller.ts";
import { ControllerCaches } from "./controller-caches.ts";
import { CachedInformer } from "./informer.ts";
import { builtInResources } from "./kind-discovery.ts";
import { KindTable, kindNameOf } from "./kind-table.ts";
import type { Change } from "./object-cache.ts";
import { formatKey, keysWokenBy, parseKey } from "./wakes.ts";

const widget: Resource = {
  ...builtInResource("apps", "v1", "Deployment"),
  group: "example.com",
  kind: "Deployment",
  name: "deployments",
};

function caches(): ControllerCaches {
  const all = new ControllerCaches({ name: "test" });
  for (const kind of ["ReplicaSet", "Pod"]) {
    const resource = builtInResources().find((each) => each.kind === kind);
    if (resource !== undefined) all.add(new CachedInformer(resource, silentLogger), []);
  }
  return all;
}

function aPod(app: string, owner?: Partial<OwnerReference>): Pod {
  const ownerReferences = [
    { apiVersion: "apps/v1", kind: "ReplicaSet", name: "rs", uid: "1", controller: true, ...owner },
  ];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "ns", uid: "p", labels: { app }, ...(owner && { ownerReferences }) },
    spec: { containers: [] },
  };
}

describe("keysWokenBy", () => {
  const added: Change = { type: "added", object: aPod("web", {}) };
  const byLabel: Extract<Watch, { kind: "Pod" }> = {
    kind: "Pod",
    wakes: ({ metadata }) => [{ namespace: "ns", name: metadata.labels?.["app"] ?? "" }],
  };
  const byLabelWhenNew: typeof byLabel = { ...byLabel, when: (_, previous) => previous === undefined };
  const relabeled: Change = { type: "updated", object: aPod("web"), previous: aPod("db") };
  const everything: WatchEverything = {
    kind: "*",
    wakes: ({ kind, metadata }) => [{ kind, namespace: metadata.namespace ?? "", name: metadata.name }],
  };
  const cases: { name: string; change: Change; watch: Watch | WatchEverything; want: string[] }[] = [
    { name: "itself", change: added, watch: { kind: "Pod", wakes: "itself" }, want: ["ReplicaSet|ns|p"] },
    {
      name: "the controlling owner",
      change: added,
      watch: { kind: "Pod", wakes: "owner" },
      want: ["ReplicaSet|ns|rs"],
    },
    {
      name: "no owner that does not control",
      change: { type: "added", object: aPod("web", { controller: false }) },
      watch: { kind: "Pod", wakes: "owner" },
      want: [],
    },
    {
      name: "no owner of another group",
      change: { type: "added", object: aPod("web", { apiVersion: "example.com/v1" }) },
      watch: { kind: "Pod", wakes: "owner" },
      want: [],
    },
    {
      name: "the owner in another version of its group",
      change: { type: "added", object: aPod("web", { apiVersion: "apps/v1beta2" }) },
      watch: { kind: "Pod", wakes: "owner" },
      want: ["ReplicaSet|ns|rs"],
    },
    {
      name: "both owners when it changes hands",
      change: {
        type: "updated",
        object: aPod("web", { name: "new" }),
        previous: aPod("web", { name: "old" }),
      },
      watch: { kind: "Pod", wakes: "owner" },
      want: ["ReplicaSet|ns|new", "ReplicaSet|ns|old"],
    },
    {
      name: "those it was for and is for",
      change: relabeled,
      watch: byLabel,
      want: ["ReplicaSet|ns|web", "ReplicaSet|ns|db"],
    },
    {
      name: "nothing that does not matter",
      change: relabeled,
      watch: { ...byLabel, when: () => false },
      want: [],
    },
    {
      name: "what additions alone matter for",
      change: added,
      watch: byLabelWhenNew,
      want: ["ReplicaSet|ns|web"],
    },
    {
      name: "for every deletion",
      change: { type: "deleted", object: aPod("web") },
      watch: { ...byLabel, when: () => false },
      want: ["ReplicaSet|ns|web"],
    },
    { name: "any kind", change: relabeled, watch: everything, want: ["Pod|ns|p"] },
  ];
  test.each(cases)("wakes $name", ({ change, watch, want }) => {
    expect([...keysWokenBy(change, watch, { primary: "ReplicaSet" }, caches())]).toEqual(want);
  });
});

test("keys read back", () => {
  for (const ref of [
    { kind: "Pod", namespace: "ns", name: "p" },
    { kind: "example.com/v1/Widget", namespace: "", name: "w.x" },
  ]) {
    expect(parseKey(formatKey(ref))).toEqual(ref);
  }
});

describe("KindTable", () => {
  const table = new KindTable([...builtInResources(), widget]);

  test("names every built-in kind so that the name finds it again", () => {
    for (const resource of builtInResources()) {
      expect(table.byName(kindNameOf(resource))?.resource, resource.kind).toBe(resource);
    }
  });

  const cases: { name: string; apiVersion: string; kind: string; want: string | undefined }[] = [
    { name: "a built-in kind", apiVersion: "apps/v1", kind: "Deployment", want: "Deployment" },
    {
      name: "a custom kind of the same name",
      apiVersion: "example.com/v1",
      kind: "Deployment",
      want: "example.com/v1/Deployment",
    },
    {
      name: "the second group of events",
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      want: "events.k8s.io/v1/Event",
    },
    { name: "an unknown kind", apiVersion: "example.com/v1", kind: "Gadget", want: undefined },
  ];
  test.each(cases)("finds $name", ({ apiVersion, kind, want }) => {
    const found = table.byType({ apiVersion, kind });
    expect(found?.kind).toBe(want);
    if (want !== undefined) expect(table.byName(want)).toBe(found);
  });
});

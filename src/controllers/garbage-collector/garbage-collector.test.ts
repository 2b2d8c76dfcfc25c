import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { builtInResource, type Resource } from "#api/resource.ts";
import type { OwnerReference } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { DeletionPropagation } from "#apimachinery/request.ts";
import type { Plan } from "#reconcile/action.ts";
import { formatKey } from "#reconcile/wakes.ts";
import { describePlan } from "#testing/actions.ts";
import { filledCaches } from "#testing/filled-caches.ts";
import { PlanModel } from "#testing/plan-model.ts";
import { garbageCollectorController as collector, planGarbage } from "./garbage-collector.ts";

const NOW = new Date("2026-01-01T00:00:00Z");

interface Options {
  readonly namespace?: string;
  readonly owners?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly isTerminating?: boolean;
  readonly uid?: string;
}

function anObject(kind: string, name: string, options: Options = {}): KubeObject {
  const { namespace = "default", owners = [], finalizers = [], isTerminating = false, uid = name } = options;
  return {
    apiVersion: kind === "ReplicaSet" || kind === "Deployment" ? "apps/v1" : "v1",
    kind,
    metadata: {
      name,
      uid,
      resourceVersion: "7",
      ...(namespace !== "" && { namespace }),
      ...(owners.length > 0 && { ownerReferences: owners }),
      ...(finalizers.length > 0 && { finalizers }),
      ...(isTerminating && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    },
  };
}

function ownedBy(kind: string, name: string, more: Partial<OwnerReference> = {}): OwnerReference {
  const { apiVersion } = anObject(kind, name);
  return { apiVersion, kind, name, uid: name, blockOwnerDeletion: true, ...more };
}

const FOREGROUND = { finalizers: ["foregroundDeletion"], isTerminating: true } as const;
const set = (options: Options = {}): KubeObject => anObject("ReplicaSet", "rs", options);
const pod = (options: Options = {}): KubeObject =>
  anObject("Pod", "p", { owners: [ownedBy("ReplicaSet", "rs")], ...options });

/** What the collector makes of the object among others. */
function planOf(object: KubeObject, others: readonly KubeObject[], more: readonly Resource[] = []): Plan {
  const caches = filledCaches(collector, [object, ...others], ["ReplicaSet", "Node", ...more]);
  const known = caches.kindOf(object);
  const { name, namespace = "" } = object.metadata;
  const view = collector.observe({ kind: known?.kind ?? "", namespace, name }, caches, NOW);
  return view === undefined ? { actions: [] } : planGarbage(view);
}

describe("planGarbage", () => {
  const cases: { name: string; object: KubeObject; others: KubeObject[]; want: string[] }[] = [
    { name: "keeps what nobody owns", object: pod({ owners: [] }), others: [], want: [] },
    { name: "keeps what has its owner", object: pod(), others: [set()], want: [] },
    { name: "deletes what has lost its owner", object: pod(), others: [], want: ["delete Pod p Background"] },
    {
      name: "takes an object of the name but another uid for another owner",
      object: pod(),
      others: [set({ uid: "other" })],
      want: ["delete Pod p Background"],
    },
    {
      name: "keeps what has one owner left, and drops the other reference",
      object: pod({ owners: [ownedBy("ReplicaSet", "rs"), ownedBy("ReplicaSet", "gone")] }),
      others: [set()],
      want: [
        'patch Pod p {metadata:{resourceVersion:"7",ownerReferences:[{apiVersion:"apps/v1",kind:"ReplicaSet",name:"rs",uid:"rs",blockOwnerDeletion:true}]}}',
      ],
    },
    {
      name: "honours finalizers that say how to delete",
      object: pod({ finalizers: ["orphan"] }),
      others: [],
      want: ["delete Pod p Orphan"],
    },
    {
      name: "deletes for an owner that waits",
      object: pod(),
      others: [set(FOREGROUND)],
      want: ["delete Pod p Background"],
    },
    {
      name: "deletes in the foreground when it has dependents itself",
      object: set({ owners: [ownedBy("Deployment", "d")] }),
      others: [anObject("Deployment", "d", FOREGROUND), pod()],
      want: ["delete ReplicaSet rs Foreground"],
    },
    {
      name: "breaks a circle of objects that wait for each other",
      object: set({ owners: [ownedBy("Pod", "p")] }),
      others: [pod(FOREGROUND)],
      want: [
        'patch ReplicaSet rs {metadata:{resourceVersion:"7",ownerReferences:[{apiVersion:"v1",kind:"Pod",name:"p",uid:"p",blockOwnerDeletion:false}]}}',
        "delete ReplicaSet rs Foreground",
      ],
    },
    {
      name: "keeps what has another owner than the one that waits",
      object: pod({ owners: [ownedBy("ReplicaSet", "rs"), ownedBy("Deployment", "d")] }),
      others: [set(FOREGROUND), anObject("Deployment", "d")],
      want: [expect.stringContaining("patch Pod p") as string],
    },
    {
      name: "leaves what is being deleted to itself",
      object: pod({ isTerminating: true, finalizers: ["x"] }),
      others: [],
      want: [],
    },
    {
      name: "lets an owner go when nothing blocks it any more",
      object: set({ ...FOREGROUND, finalizers: ["x", "foregroundDeletion"] }),
      others: [pod({ owners: [ownedBy("ReplicaSet", "rs", { blockOwnerDeletion: false })] })],
      want: ['patch ReplicaSet rs {metadata:{resourceVersion:"7",finalizers:["x"]}}'],
    },
    {
      name: "holds an owner while a dependent blocks it",
      object: set(FOREGROUND),
      others: [pod()],
      want: [],
    },
    {
      name: "lets dependents of an orphaning owner go their way",
      object: set({ finalizers: ["orphan"], isTerminating: true }),
      others: [pod()],
      want: [
        'patch Pod p {metadata:{resourceVersion:"7",ownerReferences:[]}}',
        'patch ReplicaSet rs {metadata:{resourceVersion:"7",finalizers:[]}}',
      ],
    },
    {
      name: "waits for a kind that it does not know",
      object: pod({ owners: [ownedBy("Gadget", "g", { apiVersion: "example.com/v1" })] }),
      others: [],
      want: ["requeue 60000ms"],
    },
    {
      name: "reports an owner in another namespace, and takes it for none",
      object: pod(),
      others: [set({ namespace: "other" })],
      want: [
        'event Warning OwnerRefInvalidNamespace: ownerRef [apps/v1/ReplicaSet, namespace: default, name: rs, uid: rs] does not exist in namespace "default"',
        "delete Pod p Background",
      ],
    },
    {
      name: "never deletes a cluster-scoped object for a namespaced owner",
      object: anObject("Node", "n", { namespace: "", owners: [ownedBy("ReplicaSet", "rs")] }),
      others: [set()],
      want: [
        'event Warning OwnerRefInvalidNamespace: ownerRef [apps/v1/ReplicaSet, namespace: , name: rs, uid: rs] does not exist in namespace ""',
      ],
    },
    {
      name: "finds cluster-scoped owners from any namespace",
      object: pod({ owners: [ownedBy("Node", "n")] }),
      others: [anObject("Node", "n", { namespace: "" })],
      want: [],
    },
    {
      name: "finds owners by their group in whatever version",
      object: pod({ owners: [ownedBy("ReplicaSet", "rs", { apiVersion: "apps/v1beta2" })] }),
      others: [set()],
      want: [],
    },
  ];
  test.each(cases)("$name", ({ object, others, want }) => {
    expect(describePlan(planOf(object, others))).toEqual(want);
  });

  test("has the server confirm that every owner is gone", () => {
    const owners = [ownedBy("ReplicaSet", "rs"), ownedBy("Node", "n")];
    expect(planOf(pod({ owners }), []).actions).toMatchObject([
      {
        type: "delete",
        uid: "p",
        resourceVersion: "7",
        requires: [
          { type: "absent", target: { kind: "ReplicaSet", namespace: "default", name: "rs" }, uid: "rs" },
          { type: "absent", target: { kind: "Node", namespace: "", name: "n" }, uid: "n" },
        ],
      },
    ]);
  });

  test("collects custom resources like built-in ones", () => {
    const widget: Resource = {
      ...builtInResource("apps", "v1", "ReplicaSet"),
      group: "example.com",
      kind: "Widget",
      name: "widgets",
    };
    const owners = [ownedBy("Widget", "w", { apiVersion: "example.com/v1" })];
    expect(describePlan(planOf(pod({ owners }), [], [widget]))).toEqual(["delete Pod p Background"]);
  });
});

describe("who is woken", () => {
  const [watch] = collector.watches;
  function wokenBy(object: KubeObject, present: readonly KubeObject[]): string[] {
    if (watch?.kind !== "*") throw new TypeError("The collector watches everything");
    const caches = filledCaches(collector, present, ["ReplicaSet", "Pod"]);
    return watch.wakes(object, caches).map(formatKey);
  }
  test("dependents, when their owner has gone", () => {
    expect(wokenBy(set(), [pod()])).toEqual(["Pod|default|p"]);
  });
  test("nobody else, while the owner is there", () => {
    expect(wokenBy(set(), [set(), pod()])).toEqual(["ReplicaSet|default|rs"]);
  });
  test("dependents of an owner that begins to wait for them", () => {
    expect(wokenBy(set(FOREGROUND), [set(FOREGROUND), pod()])).toEqual([
      "ReplicaSet|default|rs",
      "Pod|default|p",
    ]);
  });
  test("an owner that waits, when a dependent has gone", () => {
    expect(wokenBy(pod(), [set(FOREGROUND)])).toEqual(["ReplicaSet|default|rs"]);
  });
  test("nobody, when only the status has changed", () => {
    if (watch?.kind !== "*") throw new TypeError("The collector watches everything");
    expect(watch.when?.(pod(), pod())).toBeFalse();
    expect(watch.when?.(pod(FOREGROUND), pod())).toBeTrue();
    expect(watch.when?.(pod(), undefined)).toBeTrue();
    expect(watch.when?.(pod({ owners: [] }), undefined)).toBeFalse();
  });
});

describe("laws", () => {
  /** Objects that can own those that come after them, so that there are no circles. */
  const graph = fc
    .array(fc.record({ owners: fc.array(fc.nat(8), { maxLength: 2 }), blocks: fc.boolean() }), {
      minLength: 2,
      maxLength: 9,
    })
    .map((all) =>
      all.map(({ owners, blocks }, index) => {
        const indexes = [...new Set(owners.filter((owner) => owner < index))];
        const references = indexes.map((owner) =>
          ownedBy("ConfigMap", `o${String(owner)}`, { blockOwnerDeletion: blocks }),
        );
        return anObject("ConfigMap", `o${String(index)}`, { owners: references });
      }),
    );

  /** Plans for every object, again and again, until nothing changes; says in which order objects went. */
  function collect(model: PlanModel): string[] {
    const order: string[] = [];
    for (let round = 0; round < 40; round += 1) {
      let hasChanged = false;
      for (const object of model.all()) {
        const before = namesOf(model.all());
        const current = model.all().find(({ metadata }) => metadata.uid === object.metadata.uid);
        if (current === undefined) continue;
        const plan = planOf(
          current,
          model.all().filter((each) => each !== current),
        );
        model.apply(plan);
        hasChanged ||= plan.actions.length > 0;
        const after = new Set(namesOf(model.all()));
        order.push(...before.filter((name) => !after.has(name)));
      }
      if (!hasChanged) return order;
    }
    throw new Error("The collection does not come to rest");
  }

  function remove(model: PlanModel, name: string, propagationPolicy: DeletionPropagation): void {
    const target = { kind: "ConfigMap", namespace: "default", name };
    model.apply({ actions: [{ type: "delete", target, uid: name, propagationPolicy }] });
  }

  /** Who has lost all owners once `root` is gone. */
  function lostWith(root: string, objects: readonly KubeObject[]): Set<string> {
    const lost = new Set([root]);
    for (const { metadata } of objects) {
      const owners = metadata.ownerReferences ?? [];
      if (owners.length > 0 && owners.every(({ uid }) => lost.has(uid))) lost.add(metadata.uid);
    }
    return lost;
  }

  test.each(["Background", "Foreground"] as const)(
    "%s: whatever loses its last owner goes, all else stays without dangling references",
    (policy) => {
      fc.assert(
        fc.property(graph, (objects) => {
          const model = new PlanModel(objects);
          remove(model, "o0", policy);
          const order = collect(model);
          const lost = lostWith("o0", objects);
          expect(namesOf(model.all())).toEqual(
            objects.map(({ metadata }) => metadata.name).filter((name) => !lost.has(name)),
          );
          for (const { metadata } of model.all()) {
            expect(
              metadata.ownerReferences?.some(({ uid }) => lost.has(uid)) ?? false,
              metadata.name,
            ).toBeFalse();
          }
          if (policy === "Foreground") expectBlockersFirst(objects, order);
        }),
      );
    },
  );

  test("Orphan: only the owner goes, and nobody refers to it", () => {
    fc.assert(
      fc.property(graph, (objects) => {
        const model = new PlanModel(objects);
        remove(model, "o0", "Orphan");
        collect(model);
        expect(namesOf(model.all())).toEqual(namesOf(objects).slice(1));
        expect(
          model.all().some(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === "o0")),
        ).toBeFalse();
      }),
    );
  });

  test("safe: without a deletion nothing happens", () => {
    fc.assert(
      fc.property(graph, (objects) => {
        expect(collect(new PlanModel(objects))).toEqual([]);
      }),
    );
  });

  function expectBlockersFirst(objects: readonly KubeObject[], order: readonly string[]): void {
    for (const { metadata } of objects) {
      const blocksRoot = metadata.ownerReferences?.some(
        ({ uid, blockOwnerDeletion }) => uid === "o0" && blockOwnerDeletion,
      );
      if (blocksRoot !== true || !order.includes(metadata.name)) continue;
      expect(order.indexOf(metadata.name)).toBeLessThan(order.indexOf("o0"));
    }
  }
});

function namesOf(objects: readonly KubeObject[]): string[] {
  return objects.map(({ metadata }) => metadata.name);
}

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Namespace } from "#api/generated/core-v1.ts";
import { type KindName, resourceOf } from "#api/resource.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Action } from "#reconcile/action.ts";
import type { FailedWrite } from "#reconcile/controller.ts";
import { describePlan } from "#testing/actions.ts";
import { aConfigMap, aNamespace, aSecret } from "#testing/objects.ts";
import { PlanModel } from "#testing/plan-model.ts";
import { type NamespaceView, planNamespace } from "./namespace.ts";

const NOW = new Date("2026-01-01T00:00:00Z");
const KINDS: readonly KindName[] = ["ConfigMap", "Pod", "Secret"];

function aTerminating(
  options: Parameters<typeof aNamespace>[1] = {},
  status: Namespace["status"] = { phase: "Terminating" },
): Namespace {
  return { ...aNamespace("web", { deletionTimestamp: "2026-01-01T00:00:00Z", ...options }), status };
}

function aView(namespace: Namespace, objects: readonly KubeObject[], failed?: FailedWrite): NamespaceView {
  const content = KINDS.map((kind) => ({
    kind,
    resource: resourceOf(kind),
    objects: objects.filter((object) => object.kind === kind),
  }));
  return { namespace, content, undiscovered: [], now: NOW, failed };
}

const inWeb = { namespace: "web" } as const;
const aPod = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, uid: name, ...inWeb },
});
const held = (object: KubeObject, ...finalizers: string[]): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, finalizers, deletionTimestamp: "2026-01-01T00:00:00Z" },
});

const OK =
  "NamespaceDeletionDiscoveryFailure=False(ResourcesDiscovered) NamespaceDeletionGroupVersionParsingFailure=False(ParsedGroupVersions)";
const failed: FailedWrite = {
  action: {
    type: "delete",
    target: { kind: "ConfigMap", namespace: "web", name: "a" },
    uid: "uid-a",
  } satisfies Action,
  message: "denied",
};

describe("planNamespace", () => {
  test("names the group versions that it does not know", () => {
    const undiscovered = ["metrics.k8s.io/v1beta1", "example.com/v1"];
    const { actions } = planNamespace({ ...aView(aTerminating(), []), undiscovered });
    const [status] = actions.flatMap((action) => (action.type === "updateStatus" ? [action.object] : []));
    expect((status as Namespace | undefined)?.status?.conditions?.[0]?.message).toBe(
      "Discovery failed for some groups, 2 failing: unable to retrieve the complete list of server APIs: example.com/v1: stale GroupVersion discovery: example.com/v1, metrics.k8s.io/v1beta1: stale GroupVersion discovery: metrics.k8s.io/v1beta1",
    );
  });

  const cases: { name: string; view: NamespaceView; want: string[] }[] = [
    {
      name: "leaves a living namespace alone",
      view: aView(aNamespace("web"), [aConfigMap("a", inWeb)]),
      want: [],
    },
    {
      name: "deletes everything in it",
      view: aView(aTerminating(), [aSecret("b", inWeb), aConfigMap("a", inWeb)]),
      want: ["delete ConfigMap a Background", "delete Secret b Background"],
    },
    {
      name: "marks the phase first where that is not done",
      view: aView(aTerminating({}, { phase: "Active" }), [aConfigMap("a", inWeb)]),
      want: ["status Namespace web phase=Terminating", "delete ConfigMap a Background"],
    },
    {
      name: "deletes what it knows of while an extension server does not say what there is",
      view: { ...aView(aTerminating(), [aConfigMap("a", inWeb)]), undiscovered: ["metrics.k8s.io/v1beta1"] },
      want: ["delete ConfigMap a Background", "requeue 5000ms"],
    },
    {
      name: "waits for an extension server that does not say what there is, and says so",
      view: { ...aView(aTerminating(), []), undiscovered: ["metrics.k8s.io/v1beta1"] },
      want: [
        "status Namespace web phase=Terminating NamespaceDeletionDiscoveryFailure=True(DiscoveryFailed) NamespaceDeletionGroupVersionParsingFailure=False(ParsedGroupVersions) NamespaceDeletionContentFailure=False(ContentDeleted) NamespaceContentRemaining=False(ContentRemoved) NamespaceFinalizersRemaining=False(ContentHasNoFinalizers)",
        "requeue 5000ms",
      ],
    },
    {
      name: "deletes pods before all else",
      view: aView(aTerminating(), [aConfigMap("a", inWeb), aPod("p")]),
      want: ["delete Pod p Background"],
    },
    {
      name: "waits for pods that are ending, and says so",
      view: aView(aTerminating(), [aConfigMap("a", inWeb), held(aPod("p"))]),
      want: [
        `status Namespace web phase=Terminating ${OK} NamespaceDeletionContentFailure=False(ContentDeleted) NamespaceContentRemaining=True(SomeResourcesRemain) NamespaceFinalizersRemaining=False(ContentHasNoFinalizers)`,
      ],
    },
    {
      name: "tells which finalizers it waits for",
      view: aView(aTerminating(), [held(aConfigMap("a", inWeb), "example.com/x")]),
      want: [
        `status Namespace web phase=Terminating ${OK} NamespaceDeletionContentFailure=False(ContentDeleted) NamespaceContentRemaining=True(SomeResourcesRemain) NamespaceFinalizersRemaining=True(SomeFinalizersRemain)`,
      ],
    },
    {
      name: "tells what it cannot delete, and tries the rest before it",
      view: aView(aTerminating(), [aConfigMap("a", inWeb), aSecret("b", inWeb)], failed),
      want: [
        `status Namespace web phase=Terminating ${OK} NamespaceDeletionContentFailure=True(ContentDeletionFailed) NamespaceContentRemaining=True(SomeResourcesRemain) NamespaceFinalizersRemaining=False(ContentHasNoFinalizers)`,
        "delete Secret b Background",
        "delete ConfigMap a Background",
      ],
    },
    {
      name: "lets an empty namespace go",
      view: aView(aTerminating(), []),
      want: ["update Namespace web finalize"],
    },
    {
      name: "reports while somebody else holds it",
      view: aView(aTerminating({ finalizers: ["example.com/y"] }), []),
      want: [
        `status Namespace web phase=Terminating ${OK} NamespaceDeletionContentFailure=False(ContentDeleted) NamespaceContentRemaining=False(ContentRemoved) NamespaceFinalizersRemaining=False(ContentHasNoFinalizers)`,
      ],
    },
  ];
  test.each(cases)("$name", ({ view, want }) => {
    expect(describePlan(planNamespace(view))).toEqual(want);
  });

  test("words its conditions as Kubernetes does", () => {
    const objects = [held(aConfigMap("a", inWeb), "x"), held(aSecret("b", inWeb), "x", "y")];
    const [action] = planNamespace(aView(aTerminating(), objects)).actions;
    expect(action).toMatchObject({
      object: {
        status: {
          conditions: expect.arrayContaining([
            {
              type: "NamespaceContentRemaining",
              status: "True",
              reason: "SomeResourcesRemain",
              message:
                "Some resources are remaining: configmaps. has 1 resource instances, secrets. has 1 resource instances",
              lastTransitionTime: "2026-01-01T00:00:00Z",
            },
            {
              type: "NamespaceFinalizersRemaining",
              status: "True",
              reason: "SomeFinalizersRemain",
              message:
                "Some content in the namespace has finalizers remaining: x in 2 resource instances, y in 1 resource instances",
              lastTransitionTime: "2026-01-01T00:00:00Z",
            },
          ]) as unknown,
        },
      },
    });
  });

  test("asks the server about every kind before it lets the namespace go, and keeps other finalizers", () => {
    const [action] = planNamespace(aView(aTerminating({ finalizers: ["kubernetes", "z"] }), [])).actions;
    expect(action).toMatchObject({
      object: { spec: { finalizers: ["z"] } },
      requires: KINDS.map((kind) => ({ type: "empty", kind, namespace: "web" })),
    });
  });
});

describe("laws", () => {
  const objects = fc
    .array(fc.record({ kind: fc.constantFrom(...KINDS), finalizers: fc.subarray(["x"]) }), { maxLength: 8 })
    .map((all) =>
      all.map(({ kind, finalizers }, index): KubeObject => {
        const name = `o${String(index)}`;
        return { apiVersion: "v1", kind, metadata: { name, uid: name, ...inWeb, finalizers } };
      }),
    );

  function viewOf(model: PlanModel): NamespaceView {
    const [namespace = aTerminating()] = model.of<Namespace>("Namespace");
    return aView(
      namespace,
      model.all().filter(({ metadata }) => metadata.namespace === "web"),
    );
  }

  test("stable and safe: all that can go goes, nothing else does, and then it rests or lets go", () => {
    fc.assert(
      fc.property(objects, (all) => {
        const other = aConfigMap("theirs", { namespace: "other" });
        const model = new PlanModel([aTerminating(), other, ...all]);
        for (let round = 0; round < 4; round += 1) model.apply(planNamespace(viewOf(model)));
        const left = model.all().filter(({ metadata }) => metadata.namespace === "web");
        const hasPods = all.some(({ kind, metadata }) => kind === "Pod" && metadata.finalizers?.length === 1);
        const stuck = all.filter(
          ({ kind, metadata }) => (hasPods && kind !== "Pod") || metadata.finalizers?.length === 1,
        );
        expect(left.map(({ metadata }) => metadata.uid).toSorted()).toEqual(
          stuck.map(({ metadata }) => metadata.uid).toSorted(),
        );
        expect(model.all()).toContain(other);
        const isFinalized = model.of<Namespace>("Namespace")[0]?.spec?.finalizers?.length === 0;
        expect(isFinalized).toBe(left.length === 0);
        model.apply(planNamespace(viewOf(model)));
        expect(describePlan(planNamespace(viewOf(model)))).toEqual([]);
      }),
    );
  });

  test("order-independent", () => {
    const shuffled = objects.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        expect(describePlan(planNamespace(aView(aTerminating(), other)))).toEqual(
          describePlan(planNamespace(aView(aTerminating(), all))),
        );
      }),
    );
  });
});

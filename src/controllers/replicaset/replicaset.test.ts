import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ReplicaSet } from "#api/generated/apps-v1.ts";
import type { Pod, PodCondition, PodStatus } from "#api/generated/core-v1.ts";
import type { OwnerReference } from "#apimachinery/generated/meta-v1.ts";
import { controllerReference, isControlledBy } from "#apimachinery/owners.ts";
import type { Action } from "#reconcile/action.ts";
import type { FailedWrite } from "#reconcile/controller.ts";
import { describePlan } from "#testing/actions.ts";
import { PlanModel } from "#testing/plan-model.ts";
import { aReplicaSet as build } from "#testing/workloads.ts";
import { orderForDeletion } from "./deletion-order.ts";
import { planReplicaSet, type ReplicaSetView } from "./replicaset.ts";

const NOW = new Date("2026-01-01T01:00:00Z");

function aReplicaSet(replicas: number, options: Parameters<typeof build>[1] = {}): ReplicaSet {
  return build("web", { uid: "rs", generation: 1, ...options, spec: { replicas, ...options.spec } });
}

interface PodOptions {
  readonly uid?: string;
  readonly owner?: "rs" | "other" | "nobody";
  readonly app?: string;
  readonly phase?: string;
  readonly node?: string;
  /** Seconds before NOW since which it is ready; not ready without. */
  readonly readyFor?: number;
  readonly ageSeconds?: number;
  readonly restarts?: number;
  readonly cost?: string;
  readonly isTerminating?: boolean;
}

function aPod(name: string, options: PodOptions = {}): Pod {
  const {
    owner = "rs",
    uid = name,
    app = "web",
    phase = "Running",
    node = "n1",
    isTerminating = false,
  } = options;
  const { readyFor, ageSeconds = 100, restarts = 0, cost } = options;
  const conditions: PodCondition[] =
    readyFor === undefined ? [] : [{ type: "Ready", status: "True", lastTransitionTime: ago(readyFor) }];
  const status: PodStatus = {
    phase: phase as "Running",
    conditions,
    containerStatuses: [{ name: "c", restartCount: restarts, image: "i", imageID: "", ready: true }],
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      uid,
      labels: { app },
      creationTimestamp: ago(ageSeconds),
      ownerReferences: ownersOf(owner),
      ...(isTerminating && { deletionTimestamp: ago(1) }),
      ...(cost !== undefined && { annotations: { "controller.kubernetes.io/pod-deletion-cost": cost } }),
    },
    spec: { containers: [], ...(node !== "" && { nodeName: node }) },
    status,
  };
}

function ownersOf(owner: "rs" | "other" | "nobody"): readonly OwnerReference[] {
  return owner === "nobody" ? [] : [{ ...controllerReference(aReplicaSet(1)), uid: owner }];
}

function ago(seconds: number): string {
  return `${new Date(NOW.getTime() - seconds * 1000).toISOString().slice(0, 19)}Z`;
}

function aView(replicaSet: ReplicaSet, pods: readonly Pod[], failed?: FailedWrite): ReplicaSetView {
  return { replicaSet, pods, relatedPods: pods, now: NOW, failed };
}

const failedCreate: FailedWrite = {
  action: planReplicaSet(aView(aReplicaSet(1), [])).actions[0] as Action,
  message: "quota exceeded",
};

describe("planReplicaSet", () => {
  const steady = {
    replicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
    fullyLabeledReplicas: 1,
    terminatingReplicas: 0,
    observedGeneration: 1,
  };
  const quota = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "quota exceeded" };
  const cases: { name: string; view: ReplicaSetView; want: string[] }[] = [
    {
      name: "creates every pod when there are none",
      view: aView(aReplicaSet(2), []),
      want: [
        "create Pod web-*",
        "create Pod web-*",
        "status ReplicaSet web replicas=0 observedGeneration=1 terminatingReplicas=0",
      ],
    },
    {
      name: "is quiet at the desired state",
      view: aView(aReplicaSet(1, { status: steady }), [aPod("a", { readyFor: 10 })]),
      want: [],
    },
    {
      name: "replaces pods that have ended or are being deleted",
      view: aView(aReplicaSet(2), [aPod("a", { phase: "Failed" }), aPod("b", { isTerminating: true })]),
      want: [
        "create Pod web-*",
        "create Pod web-*",
        "status ReplicaSet web replicas=0 observedGeneration=1 terminatingReplicas=1",
      ],
    },
    {
      name: "deletes what is too much",
      view: aView(aReplicaSet(1), [aPod("ready", { readyFor: 10 }), aPod("new")]),
      want: [
        "delete Pod new",
        "status ReplicaSet web replicas=2 fullyLabeledReplicas=2 readyReplicas=1 availableReplicas=1 observedGeneration=1 terminatingReplicas=0",
      ],
    },
    {
      name: "adopts a matching orphan instead of creating",
      view: aView(aReplicaSet(1), [aPod("orphan", { owner: "nobody" })]),
      want: [
        'patch Pod orphan {metadata:{ownerReferences:[{apiVersion:"apps/v1",kind:"ReplicaSet",name:"web",uid:"rs",controller:true,blockOwnerDeletion:true}]}}',
        "status ReplicaSet web replicas=1 fullyLabeledReplicas=1 observedGeneration=1 terminatingReplicas=0",
      ],
    },
    {
      name: "releases a pod that it no longer selects, and replaces it",
      view: aView(aReplicaSet(1), [aPod("relabeled", { app: "other" })]),
      want: [
        "patch Pod relabeled {metadata:{ownerReferences:[]}}",
        "create Pod web-*",
        "status ReplicaSet web replicas=0 observedGeneration=1 terminatingReplicas=0",
      ],
    },
    {
      name: "leaves the pods of others alone",
      view: aView(aReplicaSet(0), [aPod("theirs", { owner: "other" })]),
      want: ["status ReplicaSet web replicas=0 observedGeneration=1 terminatingReplicas=0"],
    },
    {
      name: "neither scales nor claims while it is being deleted",
      view: aView(aReplicaSet(3, { deletionTimestamp: ago(1), status: { ...steady } }), [
        aPod("a", { readyFor: 1 }),
        aPod("orphan", { owner: "nobody" }),
      ]),
      want: [],
    },
    {
      name: "counts a pod as available after minReadySeconds and looks again when that is",
      view: aView(aReplicaSet(3, { spec: { minReadySeconds: 30 } }), [
        aPod("a", { readyFor: 30 }),
        aPod("b", { readyFor: 10 }),
        aPod("c", { readyFor: 5 }),
      ]),
      want: [
        "status ReplicaSet web replicas=3 fullyLabeledReplicas=3 readyReplicas=3 availableReplicas=1 observedGeneration=1 terminatingReplicas=0",
        "requeue 20000ms",
      ],
    },
    {
      name: "says why pods cannot be created before it tries again",
      view: aView(aReplicaSet(1), [], failedCreate),
      want: [
        "status ReplicaSet web replicas=0 observedGeneration=1 terminatingReplicas=0 ReplicaFailure=True(FailedCreate)",
        "create Pod web-*",
      ],
    },
    {
      name: "keeps the condition while it fails",
      view: aView(
        aReplicaSet(1, {
          status: { replicas: 0, terminatingReplicas: 0, observedGeneration: 1, conditions: [quota] },
        }),
        [],
        failedCreate,
      ),
      want: ["create Pod web-*"],
    },
    {
      name: "drops the condition when it succeeds",
      view: aView(aReplicaSet(1, { status: { ...steady, conditions: [quota] } }), [
        aPod("a", { readyFor: 10 }),
      ]),
      want: [
        "status ReplicaSet web replicas=1 fullyLabeledReplicas=1 readyReplicas=1 availableReplicas=1 observedGeneration=1 terminatingReplicas=0",
      ],
    },
  ];
  test.each(cases)("$name", ({ view, want }) => {
    expect(describePlan(planReplicaSet(view))).toEqual(want);
  });

  test("makes pods from the template and tells what became of them", () => {
    const template = {
      metadata: { labels: { app: "web" }, annotations: { a: "1" }, finalizers: ["f"] },
      spec: { containers: [{ name: "c", image: "i" }] },
    };
    const [create] = planReplicaSet(aView(aReplicaSet(1, { spec: { template } }), [])).actions;
    expect(create).toMatchObject({
      object: {
        metadata: {
          ...template.metadata,
          generateName: "web-",
          namespace: "default",
          ownerReferences: [{ uid: "rs", controller: true, blockOwnerDeletion: true }],
        },
        spec: template.spec,
      },
      report: {
        succeeded: { type: "Normal", reason: "SuccessfulCreate", message: "Created pod: {name}" },
        failed: { type: "Warning", reason: "FailedCreate", message: "Error creating: {error}" },
      },
    });
  });

  test("creates at most 500 pods in one pass", () => {
    const { actions } = planReplicaSet(aView(aReplicaSet(1000), []));
    expect(actions.filter(({ type }) => type === "create")).toHaveLength(500);
  });
});

describe("orderForDeletion", () => {
  const cases: { name: string; pods: Pod[]; first: string }[] = [
    {
      name: "unassigned before assigned",
      pods: [aPod("a", { node: "n1", phase: "Pending" }), aPod("b", { node: "", readyFor: 1 })],
      first: "b",
    },
    { name: "pending before running", pods: [aPod("a"), aPod("b", { phase: "Pending" })], first: "b" },
    { name: "unknown before running", pods: [aPod("a"), aPod("b", { phase: "Unknown" })], first: "b" },
    { name: "not ready before ready", pods: [aPod("a", { readyFor: 1, cost: "-5" }), aPod("b")], first: "b" },
    {
      name: "cheap before dear",
      pods: [aPod("a", { readyFor: 1 }), aPod("b", { readyFor: 99, cost: "-1" })],
      first: "b",
    },
    {
      name: "a cost that is no integer is none",
      pods: [aPod("a", { cost: "+1", ageSeconds: 9 }), aPod("b", { cost: "0" })],
      first: "a",
    },
    {
      name: "doubled up before alone",
      pods: [aPod("a", { node: "n1" }), aPod("b", { node: "n2" }), aPod("c", { node: "n2", cost: "1" })],
      first: "b",
    },
    {
      name: "ready for a short time before ready for long",
      pods: [aPod("a", { readyFor: 900 }), aPod("b", { readyFor: 10 })],
      first: "b",
    },
    {
      name: "often restarted before seldom",
      pods: [aPod("a", { restarts: 1 }), aPod("b", { restarts: 3 })],
      first: "b",
    },
    {
      name: "young before old",
      pods: [aPod("a", { ageSeconds: 3000 }), aPod("b", { ageSeconds: 100 })],
      first: "b",
    },
    {
      name: "of about the same age the lower uid",
      pods: [aPod("b", { ageSeconds: 1100 }), aPod("a", { ageSeconds: 1200 })],
      first: "a",
    },
  ];
  test.each(cases)("$name", ({ pods, first }) => {
    const names = (order: readonly Pod[]): string[] => order.map(({ metadata }) => metadata.name);
    expect(names(orderForDeletion(pods, pods, NOW))[0]).toBe(first);
    expect(names(orderForDeletion(pods.toReversed(), pods, NOW))[0]).toBe(first);
  });

  test("counts the restarts of sidecars after those of containers", () => {
    const withSidecar = (name: string, restarts: number): Pod => {
      const pod = aPod(name);
      return {
        ...pod,
        spec: { ...pod.spec, initContainers: [{ name: "s", restartPolicy: "Always" }, { name: "i" }] },
        status: {
          ...pod.status,
          initContainerStatuses: [
            { name: "s", restartCount: restarts, image: "", imageID: "", ready: true },
            { name: "i", restartCount: 99, image: "", imageID: "", ready: true },
          ],
        },
      };
    };
    const pods = [withSidecar("a", 1), withSidecar("b", 2)];
    expect(orderForDeletion(pods, pods, NOW)[0]?.metadata.name).toBe("b");
  });
});

describe("laws", () => {
  const options: fc.Arbitrary<PodOptions> = fc.record({
    owner: fc.constantFrom("rs", "other", "nobody"),
    app: fc.constantFrom("web", "web", "db"),
    phase: fc.constantFrom("Running", "Running", "Pending", "Failed", "Succeeded"),
    node: fc.constantFrom("", "n1", "n2"),
    readyFor: fc.nat(1000),
    ageSeconds: fc.nat(1000),
    isTerminating: fc.boolean(),
  });
  const world = fc.record({
    replicas: fc.nat(6),
    pods: fc
      .array(options, { maxLength: 10 })
      .map((all) => all.map((each, index) => aPod(`p${String(index)}`, each))),
  });

  function viewOf(model: PlanModel): ReplicaSetView {
    const [replicaSet = aReplicaSet(0)] = model.of<ReplicaSet>("ReplicaSet");
    const pods = model.of<Pod>("Pod");
    const mine = pods.filter(
      (pod) => isControlledBy(pod, replicaSet) || pod.metadata.ownerReferences?.length === 0,
    );
    return { ...aView(replicaSet, mine), relatedPods: pods };
  }

  test("stable: carrying the plan out and planning until nothing changes takes two rounds at most", () => {
    fc.assert(
      fc.property(world, ({ replicas, pods }) => {
        const model = new PlanModel([aReplicaSet(replicas), ...pods]);
        for (let round = 0; round < 2; round += 1) model.apply(planReplicaSet(viewOf(model)));
        expect(describePlan(planReplicaSet(viewOf(model)))).toEqual([]);
        const { status } = viewOf(model).replicaSet;
        expect(status?.replicas).toBe(replicas);
      }),
    );
  });

  test("bounded: never more pods than asked for, nor fewer", () => {
    fc.assert(
      fc.property(world, ({ replicas, pods }) => {
        const model = new PlanModel([aReplicaSet(replicas), ...pods]);
        const view = viewOf(model);
        const { actions } = planReplicaSet(view);
        const created = actions.filter(({ type }) => type === "create").length;
        const deleted = actions.filter(({ type }) => type === "delete").length;
        expect(created === 0 || deleted === 0).toBeTrue();
        expect(created).toBeLessThanOrEqual(replicas);
        expect(deleted).toBeLessThanOrEqual(Math.max(0, view.pods.length - replicas));
      }),
    );
  });

  test("safe: never touches a pod that somebody else controls", () => {
    fc.assert(
      fc.property(world, ({ replicas, pods }) => {
        // Even when it is shown them.
        const { actions } = planReplicaSet(aView(aReplicaSet(replicas), pods));
        const theirs = pods.filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === "other");
        for (const action of actions) {
          if (action.type !== "delete" && action.type !== "patch") continue;
          expect(theirs.map(({ metadata }) => metadata.uid)).not.toContain(action.uid);
        }
      }),
    );
  });

  test("order-independent: however the pods are listed, the same ones go", () => {
    const shuffled = world.chain(({ replicas, pods }) =>
      fc.record({
        replicas: fc.constant(replicas),
        pods: fc.constant(pods),
        other: fc.shuffledSubarray(pods, { minLength: pods.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ replicas, pods, other }) => {
        const plan = (order: readonly Pod[]): readonly string[] =>
          describePlan(planReplicaSet(aView(aReplicaSet(replicas), order)));
        expect(plan(other).toSorted()).toEqual(plan(pods).toSorted());
      }),
    );
  });
});

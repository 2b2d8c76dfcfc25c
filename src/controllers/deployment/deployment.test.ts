import { describe, expect, test } from "bun:test";
import type { Deployment, DeploymentStatus, ReplicaSet } from "#api/generated/apps-v1.ts";
import type { Pod } from "#api/generated/core-v1.ts";
import { controllerReference } from "#apimachinery/owners.ts";
import { describePlan } from "#testing/actions.ts";
import { ago, aRolledOutSet, aRollout, NOW, RECREATE, rolling, template } from "#testing/deployments.ts";
import { aDeployment as buildDeployment } from "#testing/workloads.ts";
import { type DeploymentView, planDeployment } from "./deployment.ts";
import { nameOfCurrent, newReplicaSet } from "./replica-sets.ts";

function aView(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
  more: Partial<DeploymentView> = {},
): DeploymentView {
  return { deployment, replicaSets, occupant: undefined, pods: [], now: NOW, failed: undefined, ...more };
}

/** The plan without statuses and requeues, which have tests of their own. */
function changes(view: DeploymentView): string[] {
  return describePlan(planDeployment(view)).filter((line) => !/^(status|requeue)/.test(line));
}

const created = nameOfCurrent(aRollout(3, { version: "2" }));
const up = (name: string, from: number, to: number): string =>
  `event Normal ScalingReplicaSet: Scaled up replica set ${name} from ${String(from)} to ${String(to)}`;
const down = (name: string, from: number, to: number): string => up(name, from, to).replace("up", "down");
const complete: DeploymentStatus = {
  replicas: 3,
  updatedReplicas: 3,
  availableReplicas: 3,
  readyReplicas: 3,
  observedGeneration: 1,
};

describe("a rolling update", () => {
  const cases: { name: string; deployment: Deployment; sets: ReplicaSet[]; want: string[] }[] = [
    {
      name: "starts a first ReplicaSet at full size",
      deployment: aRollout(3),
      sets: [],
      want: [`create ReplicaSet ${created}`, up(created, 0, 3)],
    },
    {
      name: "starts a second ReplicaSet within the surge, and shrinks the first by what may be unavailable",
      deployment: aRollout(3),
      sets: [aRolledOutSet("1", 3)],
      want: [
        `create ReplicaSet ${created}`,
        up(created, 0, 1),
        "update ReplicaSet web-1",
        down("web-1", 3, 2),
      ],
    },
    {
      name: "goes up before it goes down",
      deployment: aRollout(3),
      sets: [aRolledOutSet("1", 2), aRolledOutSet("2", 1, { available: 0 })],
      want: ["update ReplicaSet web-2", up("web-2", 1, 2)],
    },
    {
      name: "waits while too few pods are available",
      deployment: aRollout(3),
      sets: [aRolledOutSet("1", 2), aRolledOutSet("2", 2, { available: 0 })],
      want: [],
    },
    {
      name: "goes on as pods become available",
      deployment: aRollout(3),
      sets: [aRolledOutSet("1", 2), aRolledOutSet("2", 2, { available: 1 })],
      want: ["update ReplicaSet web-1", down("web-1", 2, 1)],
    },
    {
      name: "takes unhealthy old pods away first",
      deployment: aRollout(4, rolling(0, 2)),
      sets: [
        aRolledOutSet("0", 2, { desired: 4 }),
        aRolledOutSet("1", 2, { available: 0, desired: 4 }),
        aRolledOutSet("2", 0, { desired: 4 }),
      ],
      want: ["update ReplicaSet web-1", down("web-1", 2, 0)],
    },
    {
      name: "takes from the oldest first when all are healthy",
      deployment: aRollout(4, rolling(0, 1)),
      sets: [
        aRolledOutSet("0", 2, { desired: 4 }),
        aRolledOutSet("1", 2, { desired: 4 }),
        aRolledOutSet("2", 0, { desired: 4 }),
      ],
      want: ["update ReplicaSet web-0", down("web-0", 2, 1)],
    },
    {
      name: "shrinks a current ReplicaSet that is too large",
      deployment: aRollout(3),
      sets: [aRolledOutSet("2", 5)],
      want: ["update ReplicaSet web-2", down("web-2", 5, 3)],
    },
    {
      name: "moves one pod at a time when both limits round to nothing",
      deployment: aRollout(2, rolling("1%", "1%")),
      sets: [aRolledOutSet("1", 2, { desired: 2, max: 3 })],
      want: [`create ReplicaSet ${nameOfCurrent(aRollout(2))}`, up(created, 0, 1)],
    },
    {
      name: "moves down first when it may not surge",
      deployment: aRollout(2, rolling(0, "1%")),
      sets: [aRolledOutSet("1", 2, { desired: 2, max: 2 })],
      want: [`create ReplicaSet ${created}`, "update ReplicaSet web-1", down("web-1", 2, 1)],
    },
    {
      name: "returns to an old template by making its ReplicaSet the newest revision",
      deployment: aRollout(3, { version: "1" }),
      sets: [aRolledOutSet("1", 0), aRolledOutSet("2", 3)],
      want: ["update ReplicaSet web-1", up("web-1", 0, 1)],
    },
    {
      name: "is quiet when it is done",
      deployment: aRollout(3, { status: complete }),
      sets: [aRolledOutSet("1", 0), aRolledOutSet("2", 3)],
      want: [],
    },
    {
      name: "leaves ReplicaSets of others alone",
      deployment: aRollout(3),
      sets: [aRolledOutSet("1", 3, { owner: "other" }), aRolledOutSet("2", 3)],
      want: [],
    },
    {
      name: "passes minReadySeconds on",
      deployment: aRollout(3, { minReadySeconds: 5 }),
      sets: [aRolledOutSet("2", 3)],
      want: ["update ReplicaSet web-2"],
    },
    {
      name: "passes new annotations on",
      deployment: aRollout(3, { annotations: { "kubernetes.io/change-cause": "try" } }),
      sets: [aRolledOutSet("2", 3)],
      want: ["update ReplicaSet web-2"],
    },
    {
      name: "keeps its own annotations to itself",
      deployment: aRollout(3, {
        annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
      }),
      sets: [aRolledOutSet("2", 3)],
      want: [],
    },
    {
      name: "does nothing while it is being deleted",
      deployment: aRollout(3, { deletionTimestamp: ago(1) }),
      sets: [aRolledOutSet("1", 3)],
      want: [],
    },
  ];
  test.each(cases)("$name", ({ deployment, sets, want }) => {
    expect(changes(aView(deployment, sets))).toEqual(want);
  });

  test("adopts a ReplicaSet that it selects and uses it", () => {
    const plan = changes(aView(aRollout(3), [aRolledOutSet("2", 3, { owner: "nobody" })]));
    expect(plan).toEqual([
      expect.stringMatching(/^patch ReplicaSet web-2 .*uid:"d",controller:true/) as string,
    ]);
  });

  test("makes the ReplicaSet from the template, with hash, revision and sizes", () => {
    const annotations = { note: "x", "deployment.kubernetes.io/revision": "1" };
    const view = aView(aRollout(3, { annotations, minReadySeconds: 7 }), [aRolledOutSet("1", 3)]);
    const [create] = planDeployment(view).actions;
    const hash = created.slice("web-".length);
    const labels = { app: "web", "pod-template-hash": hash };
    expect(create).toMatchObject({
      type: "create",
      object: {
        metadata: {
          name: created,
          namespace: "default",
          labels,
          ownerReferences: [{ kind: "Deployment", uid: "d", controller: true, blockOwnerDeletion: true }],
          annotations: {
            note: "x",
            "deployment.kubernetes.io/revision": "2",
            "deployment.kubernetes.io/desired-replicas": "3",
            "deployment.kubernetes.io/max-replicas": "4",
          },
        },
        spec: {
          replicas: 1,
          minReadySeconds: 7,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: template("2").spec ?? {} },
        },
      },
    });
    expect(create).not.toHaveProperty("object.metadata.uid");
  });

  test("keeps the revisions that a ReplicaSet had before it became current again", () => {
    const old = aRolledOutSet("1", 0, {
      annotations: { "deployment.kubernetes.io/revision-history": "7,8" },
    });
    const view = aView(aRollout(3, { version: "1" }), [old, aRolledOutSet("2", 3, { revision: 9 })]);
    expect(planDeployment(view).actions[0]).toMatchObject({
      object: {
        metadata: {
          annotations: {
            "deployment.kubernetes.io/revision": "10",
            "deployment.kubernetes.io/revision-history": "7,8,1",
          },
        },
      },
    });
  });
});

describe("a Recreate", () => {
  const aPod = (phase: "Running" | "Failed"): Pod => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", uid: "p", ownerReferences: [controllerReference(aRolledOutSet("1", 0))] },
    spec: { containers: [] },
    status: { phase },
  });
  const cases: { name: string; sets: ReplicaSet[]; pods?: Pod[]; want: string[] }[] = [
    {
      name: "takes all old pods down first",
      sets: [aRolledOutSet("1", 3)],
      want: ["update ReplicaSet web-1", down("web-1", 3, 0)],
    },
    {
      name: "waits for the count of old pods",
      sets: [{ ...aRolledOutSet("1", 0), status: { replicas: 1 } }],
      want: [],
    },
    {
      name: "waits for pods that are still ending",
      sets: [aRolledOutSet("1", 0)],
      pods: [aPod("Running")],
      want: [],
    },
    {
      name: "starts the new ones when the last has ended",
      sets: [aRolledOutSet("1", 0)],
      pods: [aPod("Failed")],
      want: [`create ReplicaSet ${created}`, up(created, 0, 3)],
    },
    {
      name: "fills the current ReplicaSet",
      sets: [aRolledOutSet("2", 0)],
      want: ["update ReplicaSet web-2", up("web-2", 0, 3)],
    },
  ];
  test.each(cases)("$name", ({ sets, pods = [], want }) => {
    expect(changes(aView(aRollout(3, RECREATE), sets, { pods }))).toEqual(want);
  });
});

describe("scaling", () => {
  const cases: { name: string; deployment: Deployment; sets: ReplicaSet[]; want: string[] }[] = [
    {
      name: "gives all of it to the only active ReplicaSet",
      deployment: aRollout(5),
      sets: [aRolledOutSet("1", 0), aRolledOutSet("2", 3)],
      want: ["update ReplicaSet web-2", up("web-2", 3, 5)],
    },
    {
      name: "spreads it by size in the middle of a rollout",
      deployment: aRollout(30, rolling("25%", "25%")),
      sets: [
        aRolledOutSet("1", 8, { desired: 10, max: 13 }),
        aRolledOutSet("2", 5, { desired: 10, max: 13, available: 0 }),
      ],
      want: [
        "update ReplicaSet web-2",
        up("web-2", 5, 15),
        "update ReplicaSet web-1",
        down("web-1", 8, 23).replace("down", "up"),
      ],
    },
    {
      name: "gives the newer one more of an uneven number",
      deployment: aRollout(6, rolling(1, 0)),
      sets: [
        aRolledOutSet("1", 2, { desired: 3, max: 4 }),
        aRolledOutSet("2", 2, { desired: 3, max: 4, available: 1 }),
      ],
      want: ["update ReplicaSet web-2", up("web-2", 2, 4), "update ReplicaSet web-1", up("web-1", 2, 3)],
    },
    {
      name: "takes everything away for zero replicas",
      deployment: aRollout(0),
      sets: [aRolledOutSet("1", 2), aRolledOutSet("2", 1)],
      want: ["update ReplicaSet web-2", down("web-2", 1, 0), "update ReplicaSet web-1", down("web-1", 2, 0)],
    },
    {
      name: "removes the old pods of a saturated Deployment",
      deployment: aRollout(3, { paused: true }),
      sets: [aRolledOutSet("1", 1), aRolledOutSet("2", 3)],
      want: ["update ReplicaSet web-1", down("web-1", 1, 0)],
    },
    {
      name: "does not move a paused rollout on",
      deployment: aRollout(3, { paused: true }),
      sets: [aRolledOutSet("1", 2), aRolledOutSet("2", 2)],
      want: [],
    },
    {
      name: "scales a paused Deployment that has not started its rollout",
      deployment: aRollout(5, { paused: true }),
      sets: [aRolledOutSet("1", 3)],
      want: ["update ReplicaSet web-1", up("web-1", 3, 5)],
    },
  ];
  test.each(cases)("$name", ({ deployment, sets, want }) => {
    expect(changes(aView(deployment, sets)).toSorted()).toEqual(want.toSorted());
  });
});

describe("history", () => {
  const idle = (name: string, revision: number, more: Parameters<typeof aRolledOutSet>[2] = {}): ReplicaSet =>
    aRolledOutSet(name, 0, { revision, version: `v${name}`, ...more });
  const done = (limit: number): Deployment => aRollout(3, { revisionHistoryLimit: limit, status: complete });
  const cases: { name: string; deployment: Deployment; sets: ReplicaSet[]; want: string[] }[] = [
    {
      name: "keeps as much as it may",
      deployment: done(2),
      sets: [idle("3", 3), idle("4", 4), aRolledOutSet("2", 3, { revision: 5 })],
      want: [],
    },
    {
      name: "deletes the lowest revisions",
      deployment: done(1),
      sets: [idle("3", 4), idle("4", 3), aRolledOutSet("2", 3, { revision: 5 })],
      want: ["delete ReplicaSet web-4"],
    },
    {
      name: "never deletes one that is not idle",
      deployment: done(0),
      sets: [
        { ...idle("3", 3), status: { replicas: 1, observedGeneration: 1 } },
        { ...idle("4", 4), status: { replicas: 0 } },
        aRolledOutSet("2", 3, { revision: 5 }),
      ],
      want: [],
    },
    {
      name: "counts none that is being deleted",
      deployment: done(0),
      sets: [idle("3", 3, { isTerminating: true }), aRolledOutSet("2", 3, { revision: 5 })],
      want: [],
    },
    {
      name: "waits for the end of the rollout",
      deployment: aRollout(3, { revisionHistoryLimit: 0 }),
      sets: [idle("3", 3), aRolledOutSet("2", 3, { revision: 5 })],
      want: [],
    },
  ];
  test.each(cases)("$name", ({ deployment, sets, want }) => {
    expect(changes(aView(deployment, sets))).toEqual(want);
  });
});

test("a name that would be too long is cut so that the hash fits", () => {
  const deployment = buildDeployment("x".repeat(253), { uid: "d" });
  expect(nameOfCurrent(deployment)).toHaveLength(253);
  expect(newReplicaSet(deployment).metadata.name).toMatch(/^x+-[a-z0-9]+$/);
});

import { describe, expect, test } from "bun:test";
import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
} from "#api/generated/apps-v1.ts";
import type { Action } from "#reconcile/action.ts";
import type { FailedWrite } from "#reconcile/controller.ts";
import { describePlan } from "#testing/actions.ts";
import { ago, aRolledOutSet, aRollout, NOW, statusOf } from "#testing/deployments.ts";
import { type DeploymentView, planDeployment } from "./deployment.ts";
import { nameOfCurrent } from "./replica-sets.ts";

function aView(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
  more: Partial<DeploymentView> = {},
): DeploymentView {
  return { deployment, replicaSets, occupant: undefined, pods: [], now: NOW, failed: undefined, ...more };
}

const complete: DeploymentStatus = {
  replicas: 3,
  updatedReplicas: 3,
  availableReplicas: 3,
  readyReplicas: 3,
  observedGeneration: 1,
};

describe("status", () => {
  const deadline = { progressDeadlineSeconds: 600 };
  const progressing = (reason: string, updatedAgo = 10, status = "True"): DeploymentCondition => ({
    type: "Progressing",
    status,
    reason,
    lastUpdateTime: ago(updatedAgo),
    lastTransitionTime: ago(1000),
  });
  const minimum = {
    type: "Available",
    status: "True",
    reason: "MinimumReplicasAvailable",
    message: "Deployment has minimum availability.",
  };
  const statusLine = (view: DeploymentView): string[] =>
    describePlan(planDeployment(view)).filter((line) => /^(status|requeue)/.test(line));
  const failed: FailedWrite = {
    action: planDeployment(aView(aRollout(1), [])).actions[0] as Action,
    message: "quota exceeded",
  };

  const cases: { name: string; view: DeploymentView; want: string[] }[] = [
    {
      name: "counts the pods of all ReplicaSets",
      view: aView(aRollout(3), [aRolledOutSet("1", 2), aRolledOutSet("2", 2, { available: 1 })]),
      want: [
        "status Deployment web observedGeneration=1 replicas=4 updatedReplicas=2 readyReplicas=3 availableReplicas=3 unavailableReplicas=1 terminatingReplicas=0 Available=True(MinimumReplicasAvailable)",
      ],
    },
    {
      name: "tells that a ReplicaSet was made",
      view: aView(aRollout(3, deadline), []),
      want: [
        "status Deployment web observedGeneration=1 unavailableReplicas=3 terminatingReplicas=0 Progressing=True(NewReplicaSetCreated) Available=False(MinimumReplicasUnavailable)",
        "requeue 601000ms",
      ],
    },
    {
      name: "tells that a ReplicaSet was found",
      view: aView(aRollout(3, deadline), [aRolledOutSet("2", 3, { available: 0 })]),
      want: [
        "status Deployment web observedGeneration=1 replicas=3 updatedReplicas=3 unavailableReplicas=3 terminatingReplicas=0 Available=False(MinimumReplicasUnavailable) Progressing=True(ReplicaSetUpdated)",
        "requeue 601000ms",
      ],
    },
    {
      name: "tells of the end of a rollout",
      view: aView(
        aRollout(3, {
          ...deadline,
          status: { ...complete, availableReplicas: 2, conditions: [progressing("ReplicaSetUpdated")] },
        }),
        [aRolledOutSet("2", 3)],
      ),
      want: [
        "status Deployment web observedGeneration=1 replicas=3 updatedReplicas=3 readyReplicas=3 availableReplicas=3 terminatingReplicas=0 Available=True(MinimumReplicasAvailable) Progressing=True(NewReplicaSetAvailable)",
      ],
    },
    {
      name: "tells of a missed deadline once",
      view: aView(
        aRollout(3, {
          ...deadline,
          status: { replicas: 3, updatedReplicas: 3, conditions: [progressing("ReplicaSetUpdated", 601)] },
        }),
        [aRolledOutSet("2", 3, { available: 0 })],
      ),
      want: [
        "status Deployment web observedGeneration=1 replicas=3 updatedReplicas=3 unavailableReplicas=3 terminatingReplicas=0 Available=False(MinimumReplicasUnavailable) Progressing=False(ProgressDeadlineExceeded)",
      ],
    },
    {
      name: "looks again when the deadline will be over",
      view: aView(
        aRollout(3, {
          ...deadline,
          status: { replicas: 3, updatedReplicas: 3, conditions: [progressing("ReplicaSetUpdated", 60)] },
        }),
        [aRolledOutSet("2", 3, { available: 0 })],
      ),
      want: [expect.stringContaining("Progressing=True(ReplicaSetUpdated)") as string, "requeue 541000ms"],
    },
    {
      name: "does not call the loss of a pod a lack of progress",
      view: aView(
        aRollout(3, {
          ...deadline,
          status: { ...complete, conditions: [progressing("NewReplicaSetAvailable", 9999)] },
        }),
        [aRolledOutSet("2", 3, { available: 2 })],
      ),
      want: [expect.stringContaining("Progressing=True(NewReplicaSetAvailable)") as string, "requeue 1000ms"],
    },
    {
      name: "tells that it is paused",
      view: aView(
        aRollout(3, {
          ...deadline,
          paused: true,
          status: {
            ...complete,
            terminatingReplicas: 0,
            conditions: [minimum, progressing("NewReplicaSetAvailable")],
          },
        }),
        [aRolledOutSet("2", 3)],
      ),
      want: [expect.stringContaining("Progressing=Unknown(DeploymentPaused)") as string],
    },
    {
      name: "tells that it goes on",
      view: aView(
        aRollout(3, {
          ...deadline,
          status: {
            replicas: 3,
            updatedReplicas: 3,
            observedGeneration: 1,
            conditions: [progressing("DeploymentPaused", 10, "Unknown")],
          },
        }),
        [aRolledOutSet("2", 3, { available: 0 })],
      ),
      want: [expect.stringContaining("Progressing=Unknown(DeploymentResumed)") as string, "requeue 601000ms"],
    },
    {
      name: "shows why pods cannot be made",
      view: aView(aRollout(3), [
        {
          ...aRolledOutSet("2", 3),
          status: {
            ...statusOf(3, 0),
            conditions: [
              { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "quota" },
            ],
          },
        },
      ]),
      want: [expect.stringContaining("ReplicaFailure=True(FailedCreate)") as string],
    },
    {
      name: "shows why a ReplicaSet cannot be made",
      view: aView(aRollout(3, deadline), [], { failed }),
      want: ["status Deployment web Progressing=False(ReplicaSetCreateError)"],
    },
    {
      name: "has no progress without a deadline",
      view: aView(
        aRollout(3, { status: { ...complete, conditions: [progressing("NewReplicaSetAvailable")] } }),
        [aRolledOutSet("2", 3)],
      ),
      want: [
        "status Deployment web observedGeneration=1 replicas=3 updatedReplicas=3 readyReplicas=3 availableReplicas=3 terminatingReplicas=0 Available=True(MinimumReplicasAvailable)",
      ],
    },
    {
      name: "says nothing new when nothing is",
      view: aView(
        aRollout(3, {
          ...deadline,
          annotations: { "deployment.kubernetes.io/revision": "2" },
          status: {
            ...complete,
            terminatingReplicas: 0,
            conditions: [minimum, progressing("NewReplicaSetAvailable")],
          },
        }),
        [aRolledOutSet("2", 3)],
      ),
      want: [],
    },
  ];
  test.each(cases)("$name", ({ view, want }) => {
    expect(statusLine(view)).toEqual(want);
  });

  test("an error of creation is told before it is tried again", () => {
    const lines = describePlan(planDeployment(aView(aRollout(3, deadline), [], { failed })));
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["status", "create", "event"]);
  });

  test("takes its revision from its current ReplicaSet", () => {
    const { actions } = planDeployment(aView(aRollout(3), [aRolledOutSet("2", 3, { revision: 4 })]));
    expect(actions.at(-1)).toMatchObject({
      type: "updateStatus",
      object: { metadata: { annotations: { "deployment.kubernetes.io/revision": "4" } } },
    });
  });

  test("a taken name makes it look for another one", () => {
    const deployment = aRollout(3);
    const occupant = aRolledOutSet("9", 1, { owner: "other" });
    const lines = describePlan(planDeployment(aView(deployment, [], { occupant })));
    expect(lines).toEqual(["status Deployment web collisionCount=1"]);
    const next = aRollout(3, { status: { collisionCount: 1 } });
    expect(nameOfCurrent(next)).not.toBe(nameOfCurrent(deployment));
  });
});

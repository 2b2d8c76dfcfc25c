import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Deployment, ReplicaSet } from "#api/generated/apps-v1.ts";
import { isControlledBy } from "#apimachinery/owners.ts";
import { describePlan } from "#testing/actions.ts";
import { aRolledOutSet, aRollout, NOW, RECREATE, rolling, statusOf } from "#testing/deployments.ts";
import { PlanModel } from "#testing/plan-model.ts";
import { type DeploymentView, planDeployment } from "./deployment.ts";
import { nameOfCurrent } from "./replica-sets.ts";

function aView(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
  more: Partial<DeploymentView> = {},
): DeploymentView {
  return { deployment, replicaSets, occupant: undefined, pods: [], now: NOW, failed: undefined, ...more };
}

describe("laws", () => {
  interface World {
    readonly desired: number;
    readonly surge: number;
    readonly unavailable: number;
    readonly strategy: "RollingUpdate" | "Recreate";
    readonly old: number;
  }
  const world: fc.Arbitrary<World> = fc.record({
    desired: fc.nat(8),
    surge: fc.nat(3),
    unavailable: fc.nat(3),
    strategy: fc.constantFrom("RollingUpdate", "RollingUpdate", "Recreate"),
    old: fc.nat(8),
  });

  function begin({ desired, surge, unavailable, strategy, old }: World): PlanModel {
    const spec = strategy === "Recreate" ? RECREATE : rolling(surge, unavailable);
    const deployment = aRollout(desired, {
      ...spec,
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 1,
    });
    const sizes = { desired, max: desired + surge };
    return new PlanModel([deployment, aRolledOutSet("1", old, sizes), aRolledOutSet("0", 0, sizes)]);
  }

  function viewOf(model: PlanModel): DeploymentView {
    const [deployment = aRollout(0)] = model.of<Deployment>("Deployment");
    const replicaSets = model.of<ReplicaSet>("ReplicaSet");
    const occupant = replicaSets.find(({ metadata }) => metadata.name === nameOfCurrent(deployment));
    return aView(
      deployment,
      replicaSets.filter((each) => isControlledBy(each, deployment)),
      { occupant },
    );
  }

  /** What the ReplicaSet controller and kubelets would have done by now: `luck` says whose pods became available. */
  function proceed(model: PlanModel, luck: (name: string) => boolean): void {
    for (const each of model.of<ReplicaSet>("ReplicaSet")) {
      const replicas = each.spec.replicas ?? 0;
      const available = Math.min(
        replicas,
        luck(each.metadata.name) ? replicas : (each.status?.availableReplicas ?? 0),
      );
      const status = { ...statusOf(replicas, available), observedGeneration: each.metadata.generation ?? 0 };
      model.apply({ actions: [{ type: "updateStatus", object: { ...each, status } as ReplicaSet }] });
    }
  }

  test("stable: a rollout whose pods become available ends with one full ReplicaSet and then rests", () => {
    fc.assert(
      fc.property(world, (start) => {
        const model = begin(start);
        for (let round = 0; round < 60; round += 1) {
          model.apply(planDeployment(viewOf(model)));
          proceed(model, () => true);
        }
        expect(describePlan(planDeployment(viewOf(model)))).toEqual([]);
        const { deployment, replicaSets } = viewOf(model);
        expect(replicaSets.map(({ spec }) => spec.replicas).filter((size) => size !== 0)).toEqual(
          start.desired === 0 ? [] : [start.desired],
        );
        expect(deployment.status?.conditions?.find(({ type }) => type === "Progressing")?.reason).toBe(
          "NewReplicaSetAvailable",
        );
        expect(replicaSets.length).toBeLessThanOrEqual(2);
      }),
    );
  });

  test("bounded: however slow pods are, a rolling update stays within surge and availability", () => {
    const luck = fc.array(fc.boolean(), { minLength: 80, maxLength: 80 });
    const start = world.map((each) => ({ ...each, strategy: "RollingUpdate" as const, old: each.desired }));
    fc.assert(
      fc.property(start, luck, (each, coins) => {
        const model = begin(each);
        // Both limits zero means that one may be missing.
        const missing =
          each.surge === 0 && each.unavailable === 0 ? 1 : Math.min(each.unavailable, each.desired);
        for (let round = 0; round < 40; round += 1) {
          model.apply(planDeployment(viewOf(model)));
          const sets = model.of<ReplicaSet>("ReplicaSet");
          const total = sets.reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0);
          const available = sets.reduce(
            (sum, { spec, status }) => sum + Math.min(spec.replicas ?? 0, status?.availableReplicas ?? 0),
            0,
          );
          expect(total).toBeLessThanOrEqual(each.desired + each.surge);
          expect(available).toBeGreaterThanOrEqual(each.desired - missing);
          proceed(model, (name) => coins[round * 2 + (name === "web-1" ? 0 : 1)] === true);
        }
      }),
    );
  });

  test("safe: never changes a ReplicaSet of somebody else", () => {
    const sets = fc.array(
      fc.record({
        size: fc.nat(4),
        owner: fc.constantFrom("d" as const, "other" as const, "nobody" as const),
        app: fc.constantFrom("web", "db"),
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(sets, fc.nat(5), (all, desired) => {
        const replicaSets = all.map(({ size, owner, app }, index) => {
          const each = aRolledOutSet(String(index), size, { owner, version: String(index) });
          return { ...each, metadata: { ...each.metadata, labels: { app } } };
        });
        const theirs = new Set(
          replicaSets
            .filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === "other")
            .map(({ metadata }) => metadata.uid),
        );
        for (const action of planDeployment(aView(aRollout(desired), replicaSets)).actions) {
          if (action.type === "update") expect(theirs.has(action.object.metadata.uid)).toBeFalse();
          if (action.type === "patch" || action.type === "delete") expect(theirs.has(action.uid)).toBeFalse();
        }
      }),
    );
  });

  test("order-independent: however the ReplicaSets are listed, the plan is the same", () => {
    const sets = fc.uniqueArray(fc.nat(6), { maxLength: 5 }).chain((names) => {
      const all = names.map((name) => aRolledOutSet(String(name), name % 3, { ageSeconds: (name % 2) * 10 }));
      return fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }));
    });
    fc.assert(
      fc.property(sets, fc.nat(5), ([listed, shuffled], desired) => {
        const plan = (order: readonly ReplicaSet[]): unknown =>
          planDeployment(aView(aRollout(desired), order));
        expect(plan(shuffled)).toEqual(plan(listed));
      }),
    );
  });
});

import { describe, expect, test } from "bun:test";
import type { PersistentVolume, PersistentVolumeClaim, Pod, PodSpec } from "#api/generated/core-v1.ts";
import type { ObjectMeta } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Plan } from "#reconcile/action.ts";
import { aPersistentVolume, aPersistentVolumeClaim, aPod } from "#testing/objects.ts";
import { planVolumeProtection } from "./pv-protection.ts";
import { planClaimProtection } from "./pvc-protection.ts";

const LEAVING = { deletionTimestamp: "2026-01-01T00:00:00Z" };
const PVC = "kubernetes.io/pvc-protection";
const PV = "kubernetes.io/pv-protection";

/** The finalizers that are written; undefined for no write. */
function written({ actions }: Plan): readonly string[] | undefined {
  const [action] = actions;
  return action?.type === "update" ? (action.object as KubeObject).metadata.finalizers : undefined;
}

const claim = (metadata: Partial<ObjectMeta>): PersistentVolumeClaim => {
  const object = aPersistentVolumeClaim("data", { namespace: "default", uid: "claim" });
  return { ...object, metadata: { ...object.metadata, ...metadata } };
};
const pod = (spec: Partial<PodSpec>, metadata: Partial<ObjectMeta> = {}): Pod => {
  const object = aPod("web", { namespace: "default", uid: "pod", spec });
  return { ...object, metadata: { ...object.metadata, ...metadata } };
};

const mounted = { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }] };
const ephemeral = { nodeName: "n", volumes: [{ name: "data", ephemeral: {} }] };
const owner = { apiVersion: "v1", kind: "Pod", name: "web", uid: "pod", controller: true };

describe("a claim", () => {
  const held = { ...LEAVING, finalizers: ["other", PVC] };

  test.each<[string, Partial<ObjectMeta>, readonly Pod[], readonly string[] | undefined]>([
    ["that admission has not seen is held", {}, [], [PVC]],
    ["that is held is left alone", { finalizers: [PVC] }, [], undefined],
    ["that is deleted and unused goes", held, [], ["other"]],
    ["that is deleted and used stays", held, [pod({ ...mounted, nodeName: "n" })], undefined],
    ["that only a pod without a node names goes", held, [pod(mounted)], ["other"]],
    [
      "that a pod mounts stays until the pod is gone",
      held,
      [pod({ ...mounted, nodeName: "n" }, { ...LEAVING, deletionGracePeriodSeconds: 0 })],
      undefined,
    ],
    [
      "of a pod's ephemeral volume stays",
      { ...held, name: "web-data", ownerReferences: [owner] },
      [pod(ephemeral)],
      undefined,
    ],
    [
      "of a pod's ephemeral volume goes with the pod that its node has shut down",
      { ...held, name: "web-data", ownerReferences: [owner] },
      [pod(ephemeral, { ...LEAVING, deletionGracePeriodSeconds: 0 })],
      ["other"],
    ],
    [
      "that only has the name of an ephemeral volume's goes",
      { ...held, name: "web-data" },
      [pod(ephemeral)],
      ["other"],
    ],
  ])("%s", (_, metadata, pods, finalizers) => {
    expect(written(planClaimProtection({ claim: claim(metadata), pods }))).toEqual(finalizers);
  });
});

describe("a volume", () => {
  const volume = (metadata: Partial<ObjectMeta>, phase: "Bound" | "Released"): PersistentVolume => {
    const object = aPersistentVolume("v", { status: { phase } });
    return { ...object, metadata: { ...object.metadata, ...metadata } };
  };

  test.each<[string, PersistentVolume, readonly string[] | undefined]>([
    ["that admission has not seen is held", volume({}, "Bound"), [PV]],
    ["that is deleted and bound stays", volume({ ...LEAVING, finalizers: [PV] }, "Bound"), undefined],
    ["that is deleted and released goes", volume({ ...LEAVING, finalizers: [PV] }, "Released"), []],
  ])("%s", (_, object, finalizers) => {
    expect(written(planVolumeProtection(object))).toEqual(finalizers);
  });
});

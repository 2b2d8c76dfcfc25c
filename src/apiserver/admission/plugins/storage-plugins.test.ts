import { describe, expect, test } from "bun:test";
import type { PersistentVolumeClaim } from "#api/generated/core-v1.ts";
import type { Ingress } from "#api/generated/networking-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { admit, anAdmissionEnvironment, anAdmissionRequest } from "#testing/admission.ts";
import { aPersistentVolume, aPersistentVolumeClaim } from "#testing/objects.ts";
import { anIngress } from "#testing/workloads.ts";
import { defaultIngressClassPlugin } from "./default-ingress-class.ts";
import { defaultStorageClassPlugin } from "./default-storage-class.ts";
import { persistentVolumeClaimResizePlugin } from "./persistent-volume-claim-resize.ts";
import { storageObjectInUseProtectionPlugin } from "./storage-object-in-use-protection.ts";

function aClass(
  kind: string,
  name: string,
  annotation?: string,
  created = "2026-01-01T00:00:00Z",
  more = {},
): KubeObject {
  const annotations = annotation === undefined ? {} : { [annotation]: "true" };
  return {
    apiVersion: "v1",
    kind,
    metadata: { name, uid: name, creationTimestamp: created, annotations },
    ...more,
  };
}

describe("a claim without a storage class", () => {
  const DEFAULT = "storageclass.kubernetes.io/is-default-class";
  const BETA = "storageclass.beta.kubernetes.io/is-default-class";
  const classOf = async (classes: readonly KubeObject[], spec = {}, annotations = {}): Promise<string> => {
    const object = aPersistentVolumeClaim("c", { spec, annotations });
    const request = anAdmissionRequest("CREATE persistentvolumeclaims default/c", { object });
    const admitted = await admit<PersistentVolumeClaim>(
      defaultStorageClassPlugin,
      request,
      anAdmissionEnvironment(classes),
    );
    return typeof admitted === "string" ? admitted : (admitted.spec.storageClassName ?? "none");
  };
  const classes = [
    aClass("StorageClass", "other"),
    aClass("StorageClass", "old", DEFAULT),
    aClass("StorageClass", "b", DEFAULT, "2026-02-01T00:00:00Z"),
    aClass("StorageClass", "a", BETA, "2026-02-01T00:00:00Z"),
  ];

  test("gets the newest default, by name where several are as new", async () => {
    expect(await classOf(classes)).toBe("a");
    expect(await classOf(classes.slice(0, 2))).toBe("old");
  });

  test("stays without where there is no default", async () => {
    expect(await classOf(classes.slice(0, 1))).toBe("none");
  });

  test("keeps what it says", async () => {
    expect(await classOf(classes, { storageClassName: "" })).toBe("");
    expect(await classOf(classes, {}, { "volume.beta.kubernetes.io/storage-class": "x" })).toBe("none");
  });
});

describe("an Ingress without a class", () => {
  const classes = [
    aClass("IngressClass", "old", "ingressclass.kubernetes.io/is-default-class"),
    aClass("IngressClass", "new", "ingressclass.kubernetes.io/is-default-class", "2026-02-01T00:00:00Z"),
  ];
  test.each<[string, object, Record<string, string>, string]>([
    ["gets the newest default", {}, {}, "new"],
    ["keeps what it says", { ingressClassName: "mine" }, {}, "mine"],
    ["keeps its annotation", {}, { "kubernetes.io/ingress.class": "mine" }, "none"],
  ])("%s", async (_, spec, annotations, expected) => {
    const ingress = anIngress("i", { annotations });
    const object = { ...ingress, spec: { ...ingress.spec, ...spec } };
    const request = anAdmissionRequest("CREATE ingresses.networking.k8s.io default/i", { object });
    const admitted = await admit<Ingress>(
      defaultIngressClassPlugin,
      request,
      anAdmissionEnvironment(classes),
    );
    expect(typeof admitted === "string" ? admitted : (admitted.spec?.ingressClassName ?? "none")).toBe(
      expected,
    );
  });
});

describe("a claim that grows", () => {
  const aClaim = (
    storage: string,
    storageClassName: string,
    phase: "Bound" | "Pending",
  ): PersistentVolumeClaim =>
    aPersistentVolumeClaim("c", {
      spec: { storageClassName, resources: { requests: { storage } } },
      status: { phase },
    });
  const cluster = [
    aClass("StorageClass", "gold", undefined, undefined, { allowVolumeExpansion: true }),
    aClass("StorageClass", "silver"),
  ];
  const UNSUPPORTED =
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";

  test.each<[string, string, string, "Bound" | "Pending", string]>([
    ["of a class that allows it", "2Gi", "gold", "Bound", ""],
    ["of a class that does not", "2Gi", "silver", "Bound", UNSUPPORTED],
    ["of no class", "2Gi", "", "Bound", UNSUPPORTED],
    ["of a class that has gone", "2Gi", "bronze", "Bound", UNSUPPORTED],
    ["before it is bound", "2Gi", "gold", "Pending", "Only bound persistent volume claims can be expanded"],
    ["by nothing", "1024Mi", "silver", "Pending", ""],
  ])("%s", async (_, storage, storageClass, phase, why) => {
    const request = anAdmissionRequest("UPDATE persistentvolumeclaims default/c", {
      object: aClaim(storage, storageClass, phase),
      oldObject: aClaim("1Gi", storageClass, phase),
    });
    const outcome = await admit(persistentVolumeClaimResizePlugin, request, anAdmissionEnvironment(cluster));
    const refusal = why === "" ? "" : `persistentvolumeclaims "c" is forbidden: ${why}`;
    expect(typeof outcome === "string" ? outcome : "").toBe(refusal);
  });
});

function withFinalizers(object: KubeObject, finalizers: readonly string[]): KubeObject {
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

test.each<[string, KubeObject, string[]]>([
  ["persistentvolumeclaims", aPersistentVolumeClaim("c"), ["kubernetes.io/pvc-protection"]],
  ["persistentvolumes", aPersistentVolume("v"), ["kubernetes.io/pv-protection"]],
  [
    "persistentvolumes",
    withFinalizers(aPersistentVolume("v"), ["a", "kubernetes.io/pv-protection"]),
    ["a", "kubernetes.io/pv-protection"],
  ],
])("%s are protected", async (resource, object, finalizers) => {
  const request = anAdmissionRequest(`CREATE ${resource} c`, { object });
  const admitted = await admit(storageObjectInUseProtectionPlugin, request, anAdmissionEnvironment());
  expect(typeof admitted === "string" ? admitted : admitted.metadata.finalizers).toEqual(finalizers);
});

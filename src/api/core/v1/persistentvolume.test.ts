import { describe, expect, test } from "bun:test";
import { omit } from "#base/omit.ts";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { aPersistentVolume } from "#testing/objects.ts";
import type { PersistentVolume, PersistentVolumeSpec } from "../../generated/core-v1.ts";
import { persistentVolume } from "./persistentvolume.ts";

/** A volume of another source than the usual one. */
function volumeOf(
  source: Partial<PersistentVolumeSpec>,
  annotations?: Record<string, string>,
): PersistentVolume {
  const volume = aPersistentVolume("pv", { spec: source, ...(annotations && { annotations }) });
  return source.hostPath === undefined ? { ...volume, spec: omit(volume.spec, "hostPath") } : volume;
}

const MOUNT_OPTIONS = { "volume.beta.kubernetes.io/mount-options": "ro" };

test("defaults", () => {
  const written: PersistentVolume = {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "pv", uid: "u" },
    spec: { capacity: { storage: "1u" }, hostPath: { path: "/data" }, rbd: { monitors: ["a"], image: "b" } },
  };
  const filled = persistentVolume.setDefaults?.(written);
  expect(filled).toEqual({
    ...written,
    spec: {
      capacity: { storage: "1m" },
      hostPath: { path: "/data", type: "" },
      rbd: { monitors: ["a"], image: "b", pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" },
      persistentVolumeReclaimPolicy: "Retain",
      volumeMode: "Filesystem",
    },
    status: { phase: "Pending" },
  });
  expect(filled && persistentVolume.setDefaults?.(filled)).toBe(filled);
});

describe("the time of a phase", () => {
  const before = "2026-01-01T00:00:00Z";
  const own = "2026-01-02T00:00:00Z";
  const previous = aPersistentVolume("pv", {
    status: { phase: "Available", lastPhaseTransitionTime: before },
  });
  const update = (status: PersistentVolume["status"]) =>
    persistentVolume.prepareForStatusUpdate?.({ ...previous, ...(status && { status }) }, previous, someWrite)
      .status?.lastPhaseTransitionTime;

  test("begins with the volume", () => {
    expect(persistentVolume.prepareForCreate?.(previous, someWrite).status).toEqual({
      phase: "Pending",
      lastPhaseTransitionTime: someWrite.now,
    });
  });

  test("changes with the phase", () => {
    expect(update({ phase: "Available" })).toBe(before);
    expect(update({ phase: "Bound" })).toBe(someWrite.now);
    expect(update({ phase: "Bound", lastPhaseTransitionTime: before })).toBe(someWrite.now);
    expect(update({ phase: "Bound", lastPhaseTransitionTime: own })).toBe(own);
    expect(update({ phase: "Available", lastPhaseTransitionTime: own })).toBe(own);
  });
});

describe("persistentVolume.validate", () => {
  test.each<{ name: string; volume: PersistentVolume; want: string[] }>([
    { name: "a usual volume", volume: aPersistentVolume("pv"), want: [] },
    {
      name: "nothing",
      volume: { ...aPersistentVolume("pv"), spec: {} },
      want: [
        "spec.accessModes: Required value",
        "spec.capacity: Required value",
        'spec.capacity: Unsupported value: null: supported values: "storage"',
        "spec: Required value: must specify a volume type",
      ],
    },
    {
      name: "odd values",
      volume: aPersistentVolume("pv", {
        spec: {
          accessModes: ["ReadWriteOncePod", "ReadOnlyMany"],
          capacity: { storage: "0", cpu: "1" },
          persistentVolumeReclaimPolicy: "Keep" as "Retain",
          nodeAffinity: {},
          storageClassName: "A",
          volumeMode: "Tape" as "Block",
        },
      }),
      want: [
        "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
        'spec.capacity: Unsupported value: {"cpu":"1","storage":"0"}: supported values: "storage"',
        'spec.capacity[storage]: Invalid value: "0": must be greater than zero',
        'spec.persistentVolumeReclaimPolicy: Unsupported value: "Keep": supported values: "Delete", "Recycle", "Retain"',
        "spec.nodeAffinity.required: Required value: must specify required node constraints",
        'spec.storageClassName: Invalid value: "A": a lowercase RFC 1123 subdomain must consist',
        'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
      ],
    },
    {
      name: "the root of a host, recycled",
      volume: volumeOf({ hostPath: { path: "//./" }, persistentVolumeReclaimPolicy: "Recycle" }),
      want: [
        "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
      ],
    },
    {
      name: "the root of a host in a roundabout way",
      volume: volumeOf({ hostPath: { path: "/a/.." }, persistentVolumeReclaimPolicy: "Recycle" }),
      want: [
        "spec.hostPath.path: Invalid value: \"/a/..\": must not contain '..'",
        "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
      ],
    },
    {
      name: "a folder of a host, recycled",
      volume: volumeOf({ hostPath: { path: "/..." }, persistentVolumeReclaimPolicy: "Recycle" }),
      want: [],
    },
    {
      name: "an incomplete CSI volume",
      volume: volumeOf({
        csi: { driver: "", volumeHandle: "", nodePublishSecretRef: { name: "A" } },
        volumeAttributesClassName: "",
      }),
      want: [
        "spec.csi.driver: Required value",
        "spec.csi.volumeHandle: Required value",
        'spec.csi.nodePublishSecretRef.name: Invalid value: "A": a lowercase RFC 1123 subdomain must consist',
        "spec.csi.nodePublishSecretRef.namespace: Required value",
        "spec.volumeAttributesClassName: Required value: an empty string is disallowed",
      ],
    },
    {
      name: "a class of attributes without CSI",
      volume: aPersistentVolume("pv", { spec: { volumeAttributesClassName: "gold" } }),
      want: ["spec.csi: Required value: has to be specified when using volumeAttributesClassName"],
    },
    {
      name: "mount options of what is not mounted",
      volume: volumeOf({ hostPath: { path: "/data" } }, MOUNT_OPTIONS),
      want: [
        "metadata.annotations.volume.beta.kubernetes.io/mount-options: Forbidden: may not specify mount options for this volume type",
      ],
    },
    {
      name: "mount options",
      volume: volumeOf({ nfs: { path: "/a", server: "b" } }, MOUNT_OPTIONS),
      want: [],
    },
  ])("judges $name", ({ volume, want }) => {
    const errors = errorTexts(persistentVolume.validate?.(volume));
    expect(errors).toHaveLength(want.length);
    for (const [index, text] of want.entries()) expect(errors[index]).toStartWith(text);
  });
});

describe("persistentVolume.validateUpdate", () => {
  const csi = { driver: "a.com", volumeHandle: "b" };
  const check = (next: Partial<PersistentVolumeSpec>, previous: Partial<PersistentVolumeSpec>) =>
    errorTexts(persistentVolume.validateUpdate?.(volumeOf(next), volumeOf(previous)));
  const affinity = (key: string): Partial<PersistentVolumeSpec> => ({
    nodeAffinity: {
      required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: "Exists" }] }] },
    },
  });

  test("what is not there can be set", () => {
    const secret = { name: "a", namespace: "b" };
    expect(check({ csi: { ...csi, controllerExpandSecretRef: secret } }, { csi })).toEqual([]);
    expect(check({ csi, ...affinity("a") }, { csi })).toEqual([]);
    expect(check({ csi, capacity: { storage: "2Gi" }, volumeAttributesClassName: "gold" }, { csi })).toEqual(
      [],
    );
  });

  test("the source stays", () => {
    const [error = "", ...others] = check({ csi: { ...csi, volumeHandle: "c" } }, { csi });
    expect(others).toEqual([]);
    expect(error).toStartWith(
      "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n@@",
    );
    expect(error).toContain('"volumeHandle": "c"');
  });

  test("mode, class and place stay", () => {
    const previous = { csi, volumeAttributesClassName: "gold", ...affinity("a") };
    const [mode, place, lost, ...others] = check({ csi, volumeMode: "Block", ...affinity("b") }, previous);
    expect(mode).toBe('volumeMode: Invalid value: "Block": field is immutable');
    expect(place).toStartWith("nodeAffinity: Invalid value: {");
    expect(place).toEndWith(": field is immutable, except for updating from beta label to GA");
    expect(lost).toBe(
      "spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden",
    );
    expect(others).toEqual([]);
  });

  test("labels of places can be brought up to date", () => {
    expect(
      check(
        { csi, ...affinity("topology.kubernetes.io/zone") },
        { csi, ...affinity("failure-domain.beta.kubernetes.io/zone") },
      ),
    ).toEqual([]);
  });
});

test("a status is of a version", () => {
  const object = aPersistentVolume("pv");
  expect(errorTexts(persistentVolume.validateStatusUpdate?.(object, object))).toEqual([
    "resourceVersion: Required value",
  ]);
});

test("what is out of date is warned of", () => {
  const object = aPersistentVolume("pv", {
    annotations: { ...MOUNT_OPTIONS, "volume.beta.kubernetes.io/storage-class": "a" },
    spec: {
      persistentVolumeReclaimPolicy: "Recycle",
      rbd: { monitors: ["a"], image: "b" },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: "beta.kubernetes.io/os", operator: "Exists" }] }],
        },
      },
    },
  });
  expect(persistentVolume.warnings?.(object, undefined)).toEqual([
    'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
    'metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use "mountOptions" attribute instead',
    "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
    'spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
    "spec.rbd: deprecated in v1.28, non-functional in v1.31+",
  ]);
});

test("the table shows what a volume is and whose", () => {
  const bound = aPersistentVolume("pv", {
    spec: { claimRef: { namespace: "default", name: "data" }, storageClassName: "fast" },
    status: { phase: "Bound", reason: "x" },
  });
  expect(rowOf(persistentVolume, bound)).toEqual({
    Name: "pv",
    Capacity: "1Gi",
    "Access Modes": "RWO",
    "Reclaim Policy": "Retain",
    Status: "Bound",
    Claim: "default/data",
    StorageClass: "fast",
    VolumeAttributesClass: "<unset>",
    Reason: "x",
    Age: "<unknown>",
    VolumeMode: "Filesystem",
  });
  const deleted = aPersistentVolume("pv", { deletionTimestamp: "2026-01-31T10:00:00Z" });
  expect(rowOf(persistentVolume, deleted)).toMatchObject({ Status: "Terminating", Claim: "" });
});

import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { aPersistentVolumeClaim } from "#testing/objects.ts";
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimStatus,
} from "../../generated/core-v1.ts";
import { persistentVolumeClaim } from "./persistentvolumeclaim.ts";

function claimWith(
  spec: Partial<PersistentVolumeClaimSpec>,
  status?: PersistentVolumeClaimStatus,
): PersistentVolumeClaim {
  return aPersistentVolumeClaim("data", { spec, ...(status && { status }) });
}

const requests = (storage: string) => ({ resources: { requests: { storage } } });

test("defaults", () => {
  const written: PersistentVolumeClaim = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", uid: "u" },
    spec: { accessModes: ["ReadWriteOnce"], ...requests("1n") },
  };
  const filled = persistentVolumeClaim.setDefaults?.(written);
  expect(filled).toEqual({
    ...written,
    spec: { ...written.spec, ...requests("1m"), volumeMode: "Filesystem" },
    status: { phase: "Pending" },
  });
  expect(filled && persistentVolumeClaim.setDefaults?.(filled)).toBe(filled);
});

describe("where the contents come from", () => {
  const claim = { kind: "PersistentVolumeClaim", name: "old" };
  const snapshot = { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: "snap" };
  const other = { apiGroup: "example.com", kind: "Thing", name: "a" };
  type Sources = Pick<PersistentVolumeClaimSpec, "dataSource" | "dataSourceRef">;

  test.each<{ written: Sources; previous?: Sources; want: Sources }>([
    { written: {}, want: {} },
    { written: { dataSource: claim }, want: { dataSource: claim, dataSourceRef: claim } },
    { written: { dataSourceRef: snapshot }, want: { dataSource: snapshot, dataSourceRef: snapshot } },
    { written: { dataSourceRef: other }, want: { dataSource: other, dataSourceRef: other } },
    { written: { dataSource: other }, want: {} },
    {
      written: { dataSource: other },
      previous: { dataSource: other },
      want: { dataSource: other, dataSourceRef: other },
    },
    { written: { dataSourceRef: { ...claim, namespace: "b" } }, want: {} },
    {
      written: { dataSourceRef: { ...claim, namespace: "b" } },
      previous: { dataSourceRef: { ...claim, namespace: "b" } },
      want: { dataSourceRef: { ...claim, namespace: "b" } },
    },
  ])("$written after $previous", ({ written, previous, want }) => {
    const next = claimWith(written);
    const prepared =
      previous === undefined
        ? persistentVolumeClaim.prepareForCreate?.(next, someWrite)
        : persistentVolumeClaim.prepareForUpdate?.(next, claimWith(previous), someWrite);
    expect(prepared).toEqual(claimWith(want));
  });
});

describe("persistentVolumeClaim.validate", () => {
  test.each<{ spec: Partial<PersistentVolumeClaimSpec>; want: string[] }>([
    { spec: {}, want: [] },
    {
      spec: { accessModes: [], resources: {}, volumeMode: "Tape" as "Block", storageClassName: "" },
      want: [
        "spec.accessModes: Required value: at least 1 access mode is required",
        "spec.resources[storage]: Required value",
        'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
      ],
    },
    {
      spec: requests("-1"),
      want: ['spec.resources[storage]: Invalid value: "-1": must be greater than zero'],
    },
    {
      spec: {
        dataSource: { kind: "Thing", name: "" },
        dataSourceRef: { kind: "PersistentVolumeClaim", name: "a" },
      },
      want: [
        "spec.dataSource.name: Required value",
        "spec.dataSource: Invalid value: \"Thing\": must be 'PersistentVolumeClaim' when referencing the default apiGroup",
        "spec: Invalid value: {}: must match dataSourceRef",
      ],
    },
  ])("judges $spec", ({ spec, want }) => {
    expect(errorTexts(persistentVolumeClaim.validate?.(claimWith(spec)))).toEqual(want);
  });
});

test("a status says what there is", () => {
  const object = claimWith(
    {},
    {
      capacity: { storage: "-1" },
      allocatedResources: { cpu: "1" },
      allocatedResourceStatuses: { storage: "Later" as "NodeResizePending" },
    },
  );
  expect(errorTexts(persistentVolumeClaim.validateStatusUpdate?.(object, object))).toEqual([
    "resourceVersion: Required value",
    "status.capacity[storage]: Invalid value: -1: must be a valid resource quantity",
    'status.allocatedResourceStatuses: Unsupported value: "storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
    'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
  ]);
});

test("what is odd is warned of", () => {
  const object = aPersistentVolumeClaim("data", {
    annotations: { "volume.beta.kubernetes.io/storage-class": "fast" },
    spec: requests("1500m"),
  });
  expect(persistentVolumeClaim.warnings?.(object, undefined)).toEqual([
    'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
    'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
  ]);
});

test("the table shows what a claim has got", () => {
  const bound = claimWith(
    { volumeName: "pv", storageClassName: "fast" },
    { phase: "Bound", capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"] },
  );
  expect(rowOf(persistentVolumeClaim, bound)).toEqual({
    Name: "data",
    Status: "Bound",
    Volume: "pv",
    Capacity: "1Gi",
    "Access Modes": "RWO",
    StorageClass: "fast",
    VolumeAttributesClass: "<unset>",
    Age: "<unknown>",
    VolumeMode: "Filesystem",
  });
  expect(rowOf(persistentVolumeClaim, claimWith({}))).toMatchObject({
    Status: "Pending",
    Capacity: "",
    "Access Modes": "",
  });
});

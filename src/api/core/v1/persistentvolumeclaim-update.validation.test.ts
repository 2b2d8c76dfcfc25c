import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { aPersistentVolumeClaim } from "#testing/objects.ts";
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimStatus,
} from "../../generated/core-v1.ts";
import { persistentVolumeClaim } from "./persistentvolumeclaim.ts";

const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
const IMMUTABLE =
  "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n";
const LESS = "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity";

const requests = (storage: string) => ({ resources: { requests: { storage } } });

function claimWith(
  spec: Partial<PersistentVolumeClaimSpec>,
  status?: PersistentVolumeClaimStatus,
  storageClass?: string,
): PersistentVolumeClaim {
  return aPersistentVolumeClaim("data", {
    spec,
    ...(status && { status }),
    ...(storageClass !== undefined && { annotations: { [CLASS_ANNOTATION]: storageClass } }),
  });
}

/** The errors, of which the difference at the end of a message is left out. */
function check(next: PersistentVolumeClaim, previous: PersistentVolumeClaim): readonly string[] {
  const errors = errorTexts(persistentVolumeClaim.validateUpdate?.(next, previous));
  return errors.map((error) => (error.startsWith(IMMUTABLE) ? IMMUTABLE : error));
}

describe("the spec of a claim", () => {
  const bound: PersistentVolumeClaimStatus = { phase: "Bound", capacity: { storage: "1Gi" } };
  const gold: PersistentVolumeClaimStatus = { ...bound, currentVolumeAttributesClassName: "gold" };
  const waiting: PersistentVolumeClaimStatus = { phase: "Pending" };
  const source = (name: string) => ({ dataSource: { kind: "PersistentVolumeClaim", name } });

  test.each<{
    name: string;
    previous?: Partial<PersistentVolumeClaimSpec>;
    next: Partial<PersistentVolumeClaimSpec>;
    status?: PersistentVolumeClaimStatus;
    want: string[];
  }>([
    { name: "stays", next: {}, want: [] },
    { name: "gets a volume", next: { volumeName: "pv" }, want: [] },
    {
      name: "gets another volume",
      previous: { volumeName: "a" },
      next: { volumeName: "b" },
      want: [IMMUTABLE],
    },
    { name: "loses its volume", previous: { volumeName: "a" }, next: {}, want: [IMMUTABLE] },
    { name: "gets a first class", next: { storageClassName: "fast" }, want: [] },
    {
      name: "gets another class",
      previous: { storageClassName: "slow" },
      next: { storageClassName: "fast" },
      want: [IMMUTABLE],
    },
    {
      name: "gets another access mode",
      next: { accessModes: ["ReadWriteMany"] },
      want: [IMMUTABLE],
    },
    { name: "gets a selector", next: { selector: { matchLabels: { a: "b" } } }, want: [IMMUTABLE] },
    { name: "gets another source", previous: source("a"), next: source("b"), want: [IMMUTABLE] },
    {
      name: "gets another mode",
      next: { volumeMode: "Block" },
      want: [IMMUTABLE, 'volumeMode: Invalid value: "Block": field is immutable'],
    },
    { name: "asks for more", next: requests("2Gi"), want: [] },
    {
      name: "asks for more in vain, without a volume",
      next: requests("2Gi"),
      status: waiting,
      want: [IMMUTABLE],
    },
    { name: "asks for less than it has", next: requests("512Mi"), want: [LESS] },
    {
      name: "takes back what it asked for",
      previous: requests("4Gi"),
      next: requests("2Gi"),
      want: [],
    },
    {
      name: "takes back too much",
      previous: requests("4Gi"),
      next: requests("1Gi"),
      want: [LESS],
    },
    {
      name: "gets limits",
      next: { resources: { requests: { storage: "1Gi" }, limits: { storage: "2Gi" } } },
      want: [IMMUTABLE],
    },
    { name: "gets a class of attributes", next: { volumeAttributesClassName: "gold" }, want: [] },
    {
      name: "gets a class of attributes in vain, without a volume",
      next: { volumeAttributesClassName: "gold" },
      status: waiting,
      want: [IMMUTABLE],
    },
    {
      name: "takes back a class that is not applied",
      previous: { volumeAttributesClassName: "gold" },
      next: {},
      want: [],
    },
    {
      name: "takes back a class that is applied",
      previous: { volumeAttributesClassName: "gold" },
      next: {},
      status: gold,
      want: [
        "spec.volumeAttributesClassName: Forbidden: update to nil is forbidden when status.currentVolumeAttributesClassName is not nil",
      ],
    },
    {
      name: "gets an empty class in place of one that is applied",
      previous: { volumeAttributesClassName: "gold" },
      next: { volumeAttributesClassName: "" },
      status: gold,
      want: [
        "spec.volumeAttributesClassName: Forbidden: update to empty string is forbidden when status.currentVolumeAttributesClassName is not nil",
      ],
    },
  ])("$name", ({ previous = {}, next, status = bound, want }) => {
    expect(check(claimWith(next, status), claimWith(previous, status))).toEqual(want);
  });

  test("is bound by what the new status says", () => {
    expect(check(claimWith(requests("2Gi"), bound), claimWith({}, waiting))).toEqual([]);
  });
});

describe("the annotation for the class", () => {
  test.each<{ name: string; next: PersistentVolumeClaim; previous: PersistentVolumeClaim; want: string[] }>([
    {
      name: "stays",
      next: claimWith({}, undefined, "slow"),
      previous: claimWith({}, undefined, "fast"),
      want: [`metadata.annotations.${CLASS_ANNOTATION}: Invalid value: "slow": field is immutable`],
    },
    {
      name: "is not added",
      next: claimWith({}, undefined, "slow"),
      previous: claimWith({}),
      want: [`metadata.annotations.${CLASS_ANNOTATION}: Invalid value: "slow": field is immutable`],
    },
    {
      name: "moves to the field",
      next: claimWith({ storageClassName: "fast" }),
      previous: claimWith({}, undefined, "fast"),
      want: [],
    },
    {
      name: "is repeated by the field",
      next: claimWith({ storageClassName: "fast" }, undefined, "fast"),
      previous: claimWith({}, undefined, "fast"),
      want: [],
    },
    {
      name: "is not contradicted by the field",
      next: claimWith({ storageClassName: "slow" }, undefined, "fast"),
      previous: claimWith({}, undefined, "fast"),
      want: [IMMUTABLE],
    },
  ])("$name", ({ next, previous, want }) => {
    expect(check(next, previous)).toEqual(want);
  });
});

test("the group of a source is looked at once", () => {
  const old = { dataSourceRef: { apiGroup: "A", kind: "Thing", name: "a" } };
  expect(check(claimWith(old), claimWith(old))).toEqual([]);
  const [error] = check(claimWith(old), claimWith({}));
  expect(error).toStartWith('spec.dataSourceRef.apiGroup: Invalid value: "A": a lowercase RFC 1123');
});

import { expect, test } from "bun:test";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import type { Lease, LeaseSpec } from "../../generated/coordination-v1.ts";
import { lease } from "./lease.ts";

function aLease(spec: LeaseSpec): Lease {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "n1", namespace: "kube-node-lease", uid: "u" },
    spec,
  };
}

test.each<{ name: string; spec: LeaseSpec; want: string[] }>([
  { name: "an empty lease", spec: {}, want: [] },
  {
    name: "a held lease",
    spec: { holderIdentity: "n1", leaseDurationSeconds: 40, leaseTransitions: 0 },
    want: [],
  },
  {
    name: "no duration and negative transitions",
    spec: { leaseDurationSeconds: 0, leaseTransitions: -1 },
    want: [
      "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
      "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
    ],
  },
])("lease.validate judges $name", ({ spec, want }) => {
  expect(errorTexts(lease.validate?.(aLease(spec)))).toEqual(want);
  expect(errorTexts(lease.validateUpdate?.(aLease(spec), aLease({})))).toEqual(want);
});

test("the fields of coordinated leader election are dropped", () => {
  const coordinated = aLease({
    holderIdentity: "a",
    strategy: "OldestEmulationVersion",
    preferredHolder: "b",
  });
  expect(lease.prepareForCreate?.(coordinated, someWrite)).toEqual(aLease({ holderIdentity: "a" }));
  expect(lease.prepareForUpdate?.(coordinated, aLease({}), someWrite)).toEqual(
    aLease({ holderIdentity: "a" }),
  );
});

test("the table names the holder", () => {
  expect(rowOf(lease, aLease({ holderIdentity: "n1" }))).toMatchObject({ Name: "n1", Holder: "n1" });
});

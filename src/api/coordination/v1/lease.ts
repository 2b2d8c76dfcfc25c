import { invalid } from "#apimachinery/field-error.ts";
import { omit } from "#base/omit.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import type { Lease } from "../../generated/coordination-v1.ts";
import { defineKind } from "../../kind.ts";
import { validateNonNegative } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

export const lease = defineKind<Lease>(
  { apiVersion: "coordination.k8s.io/v1", kind: "Lease" },
  {
    columns: [nameColumn, textColumn("Holder", ({ spec }) => spec.holderIdentity ?? ""), ageColumn],
    prepareForCreate: dropCoordination,
    prepareForUpdate: dropCoordination,
    validate: validateLease,
    validateUpdate: validateLease,
    hasGeneration: false,
    allowCreateOnUpdate: true,
    allowUnconditionalUpdate: false,
  },
);

/** The feature gate CoordinatedLeaderElection is off by default. */
function dropCoordination(object: Lease): Lease {
  return { ...object, spec: omit(object.spec, "strategy", "preferredHolder") };
}

function validateLease({ spec: { leaseDurationSeconds: seconds, leaseTransitions } }: Lease): FieldErrors {
  return collectErrors(
    seconds !== undefined &&
      seconds <= 0 &&
      invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"),
    validateNonNegative(leaseTransitions, "spec.leaseTransitions"),
  );
}

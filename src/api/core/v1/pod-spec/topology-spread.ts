import { duplicate, type FieldError, invalid, required } from "#apimachinery/field-error.ts";
import { validateLabelSelector } from "#apimachinery/selectors/label-validation.ts";
import type { TopologySpreadConstraint } from "../../../generated/core-v1.ts";
import { checkSupported, validateEach, validatePositive } from "../../../validation/checks.ts";
import { validateMatchLabelKeys } from "./affinity.ts";

/** In the order in which messages list them, as all sets here. */
const ACTIONS: readonly string[] = ["DoNotSchedule", "ScheduleAnyway"];
const NODE_POLICIES: readonly string[] = ["Honor", "Ignore"];

export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[] | undefined,
  path: string,
): readonly FieldError[] {
  return validateEach(constraints, path, (constraint, constraintPath) => [
    ...validatePositive(constraint.maxSkew ?? 0, `${constraintPath}.maxSkew`),
    ...((constraint.topologyKey ?? "") === ""
      ? [required(`${constraintPath}.topologyKey`, "can not be empty")]
      : []),
    ...checkSupported(constraint.whenUnsatisfiable ?? "", `${constraintPath}.whenUnsatisfiable`, ACTIONS),
    ...validateOnce(constraint, constraints ?? [], constraintPath),
    ...validateMinDomains(constraint, `${constraintPath}.minDomains`),
    ...checkSupported(constraint.nodeAffinityPolicy, `${constraintPath}.nodeAffinityPolicy`, NODE_POLICIES),
    ...checkSupported(constraint.nodeTaintsPolicy, `${constraintPath}.nodeTaintsPolicy`, NODE_POLICIES),
    ...validateMatchLabelKeys(constraint, constraint.labelSelector, constraintPath),
    ...validateLabelSelector(constraint.labelSelector, `${constraintPath}.labelSelector`),
  ]);
}

/** Every constraint but the last of its kind is reported. */
function validateOnce(
  constraint: TopologySpreadConstraint,
  constraints: readonly TopologySpreadConstraint[],
  path: string,
): readonly FieldError[] {
  const { topologyKey, whenUnsatisfiable } = constraint;
  const isRepeated = constraints
    .slice(constraints.indexOf(constraint) + 1)
    .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
  const pair = `{${topologyKey}, ${whenUnsatisfiable}}`;
  return isRepeated ? [duplicate(`${path}.{topologyKey, whenUnsatisfiable}`, pair)] : [];
}

function validateMinDomains(
  { minDomains, whenUnsatisfiable }: TopologySpreadConstraint,
  path: string,
): readonly FieldError[] {
  if (minDomains === undefined) return [];
  return [
    ...validatePositive(minDomains, path),
    ...(whenUnsatisfiable === "DoNotSchedule"
      ? []
      : [
          invalid(
            path,
            minDomains,
            `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`,
          ),
        ]),
  ];
}

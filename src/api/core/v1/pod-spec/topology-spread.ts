import { duplicate, type FieldError, indexPath, invalid, required } from "#apimachinery/field-error.ts";
import { validateLabelSelector } from "#apimachinery/selectors/label-validation.ts";
import type { TopologySpreadConstraint } from "../../../generated/core-v1.ts";
import { checkSupported, validatePositive } from "../../../validation/checks.ts";
import { validateMatchLabelKeys } from "./affinity.ts";

/** In the order in which messages list them, as all sets here. */
const ACTIONS: readonly string[] = ["DoNotSchedule", "ScheduleAnyway"];
const NODE_POLICIES: readonly string[] = ["Honor", "Ignore"];

export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[] = [],
  path: string,
): readonly FieldError[] {
  return constraints.flatMap((constraint, index) => {
    const constraintPath = indexPath(path, index);
    return [
      ...validatePositive(constraint.maxSkew ?? 0, `${constraintPath}.maxSkew`),
      ...((constraint.topologyKey ?? "") === ""
        ? [required(`${constraintPath}.topologyKey`, "can not be empty")]
        : []),
      ...checkSupported(constraint.whenUnsatisfiable ?? "", `${constraintPath}.whenUnsatisfiable`, ACTIONS),
      ...validateOnce(constraint, constraints.slice(index + 1), constraintPath),
      ...validateMinDomains(constraint, `${constraintPath}.minDomains`),
      ...checkSupported(constraint.nodeAffinityPolicy, `${constraintPath}.nodeAffinityPolicy`, NODE_POLICIES),
      ...checkSupported(constraint.nodeTaintsPolicy, `${constraintPath}.nodeTaintsPolicy`, NODE_POLICIES),
      ...validateMatchLabelKeys(constraint, constraint.labelSelector, constraintPath),
      ...validateLabelSelector(constraint.labelSelector, `${constraintPath}.labelSelector`),
    ];
  });
}

/** Every constraint but the last of its kind is reported; `others` are those behind it. */
function validateOnce(
  { topologyKey, whenUnsatisfiable }: TopologySpreadConstraint,
  others: readonly TopologySpreadConstraint[],
  path: string,
): readonly FieldError[] {
  const isRepeated = others.some(
    (other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable,
  );
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

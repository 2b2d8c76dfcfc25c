import { duplicate, type FieldError, invalid, notSupported, required } from "#apimachinery/field-error.ts";
import { checkLabelValue } from "#apimachinery/formats.ts";
import { validateLabelName } from "#apimachinery/selectors/label-validation.ts";
import type { Taint, Toleration } from "../../../generated/core-v1.ts";
import { validateEach } from "../../../validation/checks.ts";
import { type InternalForm, internalForm } from "../../../validation/internal-form.ts";

/** In the order in which messages list them. */
const EFFECTS: readonly string[] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
/** What messages offer for an operator that is known but not switched on, and for any other one. */
const ALL_OPERATORS: readonly string[] = ["Equal", "Exists", "Lt", "Gt"];
const OPERATORS: readonly string[] = ["Equal", "Exists"];

const TAINT: InternalForm = { Key: "", Value: "", Effect: "", TimeAdded: null };
const REPEATED_TAINT = "taints must be unique by key and effect pair";

export function validateTolerations(
  tolerations: readonly Toleration[] | undefined,
  path: string,
): readonly FieldError[] {
  return validateEach(tolerations, path, (toleration, tolerationPath) => {
    const { key = "", effect = "" } = toleration;
    return [
      ...(key === "" ? [] : validateLabelName(key, `${tolerationPath}.key`)),
      ...validateReach(toleration, tolerationPath),
      ...validateTolerationValue(toleration, `${tolerationPath}.operator`),
      ...(effect === "" ? [] : validateEffect(effect, `${tolerationPath}.effect`)),
    ];
  });
}

/** The taints of a node, each key once per effect. */
export function validateTaints(taints: readonly Taint[] | undefined, path: string): readonly FieldError[] {
  const seen = new Set<string>();
  return validateEach(taints, path, (taint, taintPath) => {
    const { key, value = "" } = taint;
    const effect: string = taint.effect;
    const id = `${effect}/${key}`;
    const isRepeated = seen.has(id);
    seen.add(id);
    const messages = checkLabelValue(value);
    return [
      ...validateLabelName(key, `${taintPath}.key`),
      ...(messages.length === 0 ? [] : [invalid(`${taintPath}.value`, value, messages.join(";"))]),
      ...(effect === "" ? [required(`${taintPath}.effect`)] : validateEffect(effect, `${taintPath}.effect`)),
      ...(isRepeated ? [duplicate(taintPath, internalForm(taint, TAINT), REPEATED_TAINT)] : []),
    ];
  });
}

function validateEffect(effect: string, path: string): readonly FieldError[] {
  return EFFECTS.includes(effect) ? [] : [notSupported(path, effect, EFFECTS)];
}

function validateReach(
  { key = "", operator, effect, tolerationSeconds }: Toleration,
  path: string,
): readonly FieldError[] {
  const matchesAll =
    'operator must be Exists when `key` is empty, which means "match all values and all keys"';
  return [
    ...(key === "" && operator !== "Exists" ? [invalid(`${path}.operator`, operator ?? "", matchesAll)] : []),
    ...(tolerationSeconds !== undefined && effect !== "NoExecute"
      ? [
          invalid(
            `${path}.effect`,
            effect ?? "",
            "effect must be 'NoExecute' when `tolerationSeconds` is set",
          ),
        ]
      : []),
  ];
}

/** Lt and Gt belong to the gate TaintTolerationComparisonOperators, which is off. */
function validateTolerationValue({ operator, value = "" }: Toleration, path: string): readonly FieldError[] {
  switch (operator ?? "") {
    case "":
    case "Equal": {
      const messages = checkLabelValue(value);
      return messages.length === 0 ? [] : [invalid(path, value, messages.join(";"))];
    }
    case "Exists":
      return value === "" ? [] : [invalid(path, value, "value must be empty when `operator` is 'Exists'")];
    case "Lt":
    case "Gt":
      return [notSupported(path, operator, ALL_OPERATORS)];
    default:
      return [notSupported(path, operator, OPERATORS)];
  }
}

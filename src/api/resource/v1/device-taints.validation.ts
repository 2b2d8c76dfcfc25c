import { invalid } from "#apimachinery/field-error.ts";
import { checkLabelValue } from "#apimachinery/formats.ts";
import { validateLabelName } from "#apimachinery/selectors/label-validation.ts";
import type { DeviceTaint, DeviceToleration } from "../../generated/resource-v1.ts";
import { checkFormat, requireSupported } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

const EFFECTS = ["NoExecute", "NoSchedule", "None"];
const OPERATORS = ["Equal", "Exists"];

export function validateDeviceTaint({ key, value = "", effect }: DeviceTaint, path: string): FieldErrors {
  return collectErrors(
    validateLabelName(key, `${path}.key`),
    value !== "" && checkFormat(value, `${path}.value`, checkLabelValue),
    requireSupported(effect, `${path}.effect`, EFFECTS),
  );
}

export function validateDeviceToleration(toleration: DeviceToleration, path: string): FieldErrors {
  const { key = "", operator, value = "" } = toleration;
  const effect: string = toleration.effect ?? "";
  return collectErrors(
    key !== "" && validateLabelName(key, `${path}.key`),
    operator === "Exists" &&
      value !== "" &&
      invalid(`${path}.value`, value, "must be empty for operator `Exists`"),
    operator === "Equal" && checkFormat(value, `${path}.value`, checkLabelValue),
    requireSupported(operator, `${path}.operator`, OPERATORS),
    effect !== "" && requireSupported(effect, `${path}.effect`, EFFECTS),
  );
}

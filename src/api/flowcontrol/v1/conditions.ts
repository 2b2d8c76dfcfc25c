import { duplicate, indexPath, required } from "#apimachinery/field-error.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";

interface ConditionsStatus {
  readonly conditions?: readonly { readonly type?: string }[];
}

/** Each condition has a type, and each type occurs once. */
export function validateConditionTypes(status: ConditionsStatus | undefined, path: string): FieldErrors {
  const types = (status?.conditions ?? []).map(({ type = "" }) => type);
  return types.flatMap((type, index) => {
    const typePath = `${indexPath(`${path}.conditions`, index)}.type`;
    return collectErrors(
      types.indexOf(type) < index && duplicate(typePath, type),
      type === "" && required(typePath, "must not be empty"),
    );
  });
}

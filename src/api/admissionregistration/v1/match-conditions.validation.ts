import { duplicate, indexPath, required, tooMany } from "#apimachinery/field-error.ts";
import { checkQualifiedName } from "#apimachinery/formats.ts";
import type { MatchCondition } from "../../generated/admissionregistration-v1.ts";
import { requireFormat } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { repetitions } from "../../validation/lists.ts";

const MAX_CONDITIONS = 64;

/** Expressions are not compiled. */
export function validateMatchConditions(
  conditions: readonly MatchCondition[] | undefined,
  path: string,
): FieldErrors {
  const isRepeated = repetitions();
  const count = conditions?.length ?? 0;
  return collectErrors(
    count > MAX_CONDITIONS && tooMany(path, count, MAX_CONDITIONS),
    conditions?.flatMap(({ name, expression }, index) => {
      const itemPath = indexPath(path, index);
      return collectErrors(
        expression.trim() === "" && required(`${itemPath}.expression`),
        requireFormat(name, `${itemPath}.name`, checkQualifiedName),
        name !== "" && isRepeated(name) && duplicate(`${itemPath}.name`, name),
      );
    }),
  );
}

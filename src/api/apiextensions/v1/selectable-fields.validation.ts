/** Rules of the fields that field selectors may name (upstream pkg/apis/apiextensions/validation/validation.go). */
import { duplicate, invalid, required, tooMany } from "#apimachinery/field-error.ts";
import type {
  CustomResourceDefinitionSpec,
  JSONSchemaProps,
  SelectableField,
} from "../../generated/apiextensions-v1.ts";
import { validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { repetitions } from "../../validation/lists.ts";
import { resolveFieldPath } from "./field-path.ts";
import { isCommon, type Placed } from "./version-fields.ts";

const MAX_FIELDS = 8;
const TYPES: readonly string[] = ["string", "boolean", "integer"];
const NO_COMMON_SCHEMA = "may only be set when validations.schema is included";
/** In upstream's words, which say the opposite of what is meant. */
const NO_SCHEMA = "may only be set when `version.schema.openAPIV3Schema` is not included";

/** Upstream finds no schema where the versions agree on the fields and not on their schemas, or the reverse. */
export function validateSelectableFields(
  { value, path, versions }: Placed<"selectableFields">,
  spec: CustomResourceDefinitionSpec,
  previous: CustomResourceDefinitionSpec | undefined,
): FieldErrors {
  if (value.length === 0) return [];
  const areCommon = isCommon(spec, "selectableFields");
  const schema = versions[0]?.schema?.openAPIV3Schema;
  if (schema === undefined || isCommon(spec, "schema") !== areCommon) {
    return [invalid(path, "", areCommon ? NO_COMMON_SCHEMA : NO_SCHEMA)];
  }
  const before = (name: string) => previous?.versions.find((version) => version.name === name);
  const allowTooMany =
    previous !== undefined &&
    versions.some(({ name }) => semanticallyEqual(before(name)?.selectableFields, value));
  return validatePaths(value, path, { schema, allowTooMany });
}

function validatePaths(
  fields: readonly SelectableField[],
  path: string,
  { schema, allowTooMany }: { readonly schema: JSONSchemaProps; readonly allowTooMany: boolean },
): FieldErrors {
  const isRepeated = repetitions();
  const distinct = new Set<string>();
  const errors = validateEach(fields, path, ({ jsonPath }, itemPath) => {
    if (jsonPath === "") return [required(`${itemPath}.jsonPath`)];
    const found = resolveFieldPath(jsonPath, schema, { allowBrackets: false });
    if ("problem" in found) {
      return [invalid(`${itemPath}.jsonPath`, jsonPath, `is an invalid path: ${found.problem}`)];
    }
    distinct.add(found.path);
    return collectErrors(
      /^metadata\b/.test(found.path) &&
        invalid(`${itemPath}.jsonPath`, jsonPath, "must not point to fields in metadata"),
      !TYPES.includes(found.schema.type ?? "") &&
        invalid(
          `${itemPath}.jsonPath`,
          jsonPath,
          "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.",
        ),
      isRepeated(found.path) && duplicate(`${itemPath}.jsonPath`, jsonPath),
    );
  });
  const isTooLong = distinct.size > MAX_FIELDS && !allowTooMany;
  return isTooLong ? [...errors, tooMany(path, distinct.size, MAX_FIELDS)] : errors;
}

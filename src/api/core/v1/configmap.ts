import { type FieldError, invalid, tooLong } from "#apimachinery/field-error.ts";
import { checkConfigMapKey } from "#apimachinery/formats.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import type { ConfigMap } from "../../generated/core-v1.ts";
import { defineKind } from "../../kind.ts";
import { checkFormat, validateEntries, WHOLE_OBJECT } from "../../validation/checks.ts";
import { collectErrors } from "../../validation/collect-errors.ts";
import { base64Size, MAX_DATA_BYTES, totalSize, validateFrozen } from "./key-data.ts";

export const configMap = defineKind<ConfigMap>(
  { apiVersion: "v1", kind: "ConfigMap" },
  {
    columns: [nameColumn, { name: "Data", type: "string", value: countKeys }, ageColumn],
    validate: validateConfigMap,
    validateUpdate: (next, previous) => [
      ...validateFrozen(next, previous, ["data", "binaryData"]),
      ...validateConfigMap(next),
    ],
    hasGeneration: false,
  },
);

function countKeys({ data = {}, binaryData = {} }: ConfigMap): number {
  return Object.keys(data).length + Object.keys(binaryData).length;
}

function validateConfigMap({ data, binaryData }: ConfigMap): readonly FieldError[] {
  const size = totalSize(data, (text) => Buffer.byteLength(text)) + totalSize(binaryData, base64Size);
  return collectErrors(
    validateEntries(data, "data", (key, _, path) =>
      collectErrors(
        checkKey(key, path),
        binaryData !== undefined &&
          Object.hasOwn(binaryData, key) &&
          invalid(path, key, "duplicate of key present in binaryData"),
      ),
    ),
    validateEntries(binaryData, "binaryData", (key, _, path) => checkKey(key, path)),
    size > MAX_DATA_BYTES && tooLong(WHOLE_OBJECT, MAX_DATA_BYTES),
  );
}

function checkKey(key: string, path: string): readonly FieldError[] {
  return checkFormat(key, path, checkConfigMapKey);
}

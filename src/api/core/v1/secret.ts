import { omit } from "#base/omit.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import { fillZero } from "../../defaulting.ts";
import type { Secret } from "../../generated/core-v1.ts";
import { defineKind } from "../../kind.ts";
import { validateImmutable } from "../../validation/checks.ts";
import { validateFrozen } from "./key-data.ts";
import { validateSecret } from "./secret.validation.ts";

const encoder = new TextEncoder();

export const secret = defineKind<Secret>(
  { apiVersion: "v1", kind: "Secret" },
  {
    columns: [
      nameColumn,
      textColumn("Type", ({ type = "" }) => type),
      { name: "Data", type: "string", value: ({ data = {} }) => Object.keys(data).length },
      ageColumn,
    ],
    setDefaults: (object) => fillZero(mergeStringData(object), { type: "Opaque" }),
    validate: validateSecret,
    validateUpdate: (next, previous) => [
      ...validateImmutable(next.type, previous.type, "type"),
      ...validateFrozen(next, previous, ["data"]),
      ...validateSecret(next),
    ],
    selectableFields: { type: ({ type = "" }) => type },
    hasGeneration: false,
  },
);

/** Texts are for writing alone: they become data, before that of the same key. */
function mergeStringData(object: Secret): Secret {
  const { stringData } = object;
  if (stringData === undefined) return object;
  const encoded = Object.entries(stringData).map(([key, text]) => [key, encoder.encode(text).toBase64()]);
  return { ...omit(object, "stringData"), data: { ...object.data, ...Object.fromEntries(encoded) } };
}

import { quote } from "#apimachinery/go-text.ts";
import { createdAtColumns } from "../../columns.ts";
import { fillAbsent, fillZero, mapField } from "../../defaulting.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
} from "../../generated/apiextensions-v1.ts";
import { defineKind } from "../../kind.ts";
import {
  validateDefinition,
  validateDefinitionStatusUpdate,
  validateDefinitionUpdate,
} from "./customresourcedefinition.validation.ts";
import { EMPTY_STATUS, statusOf } from "./definition-status.ts";
import { unknownFormats } from "./schema-formats.ts";
import { placedFields } from "./version-fields.ts";

export const customResourceDefinition = defineKind<CustomResourceDefinition>(
  { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" },
  {
    columns: createdAtColumns,
    setDefaults: (object) => {
      const filled = mapField(object, "spec", setSpecDefaults);
      return statusOf(filled).storedVersions.length > 0 ? filled : withStorageVersion(filled);
    },
    prepareForCreate: (object) => withStorageVersion({ ...object, status: EMPTY_STATUS }),
    prepareForUpdate: withStorageVersion,
    validate: validateDefinition,
    validateUpdate: validateDefinitionUpdate,
    validateStatusUpdate: validateDefinitionStatusUpdate,
    warnings: (next, previous) => {
      const known = previous === undefined ? [] : formatsOf(previous);
      return formatsOf(next)
        .filter((format) => !known.includes(format))
        .map((format) => `unrecognized format ${quote(format)}`);
    },
    allowUnconditionalUpdate: false,
  },
);

function setSpecDefaults(spec: CustomResourceDefinitionSpec): CustomResourceDefinitionSpec {
  const named = mapField(spec, "names", (names) =>
    fillZero(names, {
      ...(names.kind !== "" && { singular: names.kind.toLowerCase(), listKind: `${names.kind}List` }),
    }),
  );
  const filled = fillAbsent(named, { conversion: { strategy: "None" } });
  return mapField(filled, "conversion", (conversion) =>
    mapField(conversion, "webhook", (webhook) =>
      mapField(webhook, "clientConfig", (client) =>
        mapField(client, "service", (service) => fillAbsent(service, { port: 443 })),
      ),
    ),
  );
}

/** Once something may be stored in a version, the status says so until somebody has migrated it. */
function withStorageVersion(definition: CustomResourceDefinition): CustomResourceDefinition {
  const status = statusOf(definition);
  const name = definition.spec.versions.find(({ storage }) => storage)?.name;
  const stored = status.storedVersions;
  if (name === undefined || stored.includes(name)) return definition;
  return { ...definition, status: { ...status, storedVersions: [...stored, name] } };
}

function formatsOf({ spec }: CustomResourceDefinition): readonly string[] {
  return placedFields(spec, "schema").flatMap(({ value: { openAPIV3Schema } }) =>
    openAPIV3Schema === undefined ? [] : unknownFormats(openAPIV3Schema),
  );
}

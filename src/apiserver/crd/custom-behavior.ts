import type {
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  SelectableField,
} from "#api/generated/apiextensions-v1.ts";
import type { KindBehavior } from "#api/kind.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Schema } from "#apimachinery/schema.ts";
import { omit } from "#base/omit.ts";
import type { LazyCel } from "./cel/lazy-cel.ts";
import { fieldAt, fieldNames } from "./field-at.ts";
import { finalizerWarnings } from "./finalizer-warnings.ts";
import { printerColumns } from "./printer-columns.ts";
import { resourceSchema, schemaOf } from "./resource-schema.ts";
import { ResourceValidator, ruleWarnings } from "./resource-validator.ts";
import { scaleFields } from "./scale-fields.ts";
import { compileDefaults } from "./set-defaults.ts";

export interface BehaviorTools {
  readonly cel: LazyCel;
  /** The schema of ObjectMeta. */
  readonly metaSchema: Schema;
}

/** How the objects of one version behave, by what its definition says. */
export function customBehavior(
  version: CustomResourceDefinitionVersion,
  { cel, metaSchema }: BehaviorTools,
): KindBehavior<KubeObject> {
  const schema = schemaOf(version);
  const { subresources = {}, additionalPrinterColumns, selectableFields } = version;
  const prune = (metadata: unknown) => pruneMeta(metadata, metaSchema);
  const validator = new ResourceValidator({ schema, scale: subresources.scale, cel });
  return {
    columns: printerColumns(additionalPrinterColumns),
    setDefaults: compileDefaults(schema, { pruneMeta: prune }),
    setMergedDefaults: compileDefaults(schema, { pruneMeta: prune, keepNulls: true }),
    validate: (object) => validator.validate(object),
    validateUpdate: (next, previous) => validator.validateUpdate(next, previous),
    validateStatusUpdate: (next, previous) => validator.validateStatusUpdate(next, previous),
    warnings: (next, previous) => [...finalizerWarnings(next, previous), ...ruleWarnings(next)],
    statusWarnings: ruleWarnings,
    selectableFields: fieldGetters(selectableFields),
    isNewGeneration: (next, previous) => !semanticallyEqual(withoutMetadata(next), withoutMetadata(previous)),
    allowUnconditionalUpdate: false,
    ...scaleOf(subresources),
  };
}

function scaleOf({ scale }: CustomResourceSubresources): Pick<KindBehavior<KubeObject>, "scale"> {
  return scale === undefined ? {} : { scale: scaleFields(scale) };
}

const codec = new Codec();
const NO_KIND = { group: "", version: "", kind: "" };

function pruneMeta(metadata: unknown, metaSchema: Schema): unknown {
  const around = resourceSchema({}, metaSchema, "");
  const { object } = codec.decode(around, { metadata }, { gvk: NO_KIND, fieldValidation: "Ignore" });
  return object["metadata"];
}

function fieldGetters(
  fields: readonly SelectableField[] = [],
): Readonly<Record<string, (object: KubeObject) => string>> {
  return Object.fromEntries(
    fields.map(({ jsonPath }) => {
      const names = fieldNames(jsonPath);
      return [names.join("."), (object: KubeObject) => textOf(fieldAt(object, names))] as const;
    }),
  );
}

function textOf(value: unknown): string {
  const isScalar = ["string", "number", "bigint", "boolean"].includes(typeof value);
  return isScalar ? String(value as string | number | bigint | boolean) : "";
}

/** Where the status is a subresource, an update of the object has been given the old one. */
function withoutMetadata(object: KubeObject): unknown {
  return omit(object, "metadata");
}

import type { CustomResourceSubresourceScale, JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { type FieldError, type FieldErrorReason, invalid } from "#apimachinery/field-error.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Rules } from "./cel/evaluator.ts";
import type { LazyCel } from "./cel/lazy-cel.ts";
import { fieldAt } from "./field-at.ts";
import { validateScale } from "./scale-fields.ts";
import { validateEmbedded } from "./validate-embedded.ts";
import { validateLists } from "./validate-lists.ts";
import { validateValue } from "./validate-value.ts";

type Errors = readonly FieldError[];

/** Problems that upstream reports without a field. */
const NO_FIELD = "<nil>";

const BLOCKING: ReadonlySet<FieldErrorReason> = new Set<FieldErrorReason>([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

const NOT_CHECKED = invalid(
  NO_FIELD,
  null,
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
);

export interface ResourceValidatorOptions {
  readonly schema: JSONSchemaProps;
  readonly scale: CustomResourceSubresourceScale | undefined;
  readonly cel: LazyCel;
}

/** By the objects that have been validated. */
const warningsOfObjects = new WeakMap<KubeObject, readonly string[]>();

/** What rules say of those parts of a valid object that break them and have not changed. */
export function ruleWarnings(object: KubeObject): readonly string[] {
  return warningsOfObjects.get(object) ?? [];
}

/** Everything that a definition lets its objects be, besides their metadata (upstream pkg/registry/customresource). */
export class ResourceValidator {
  readonly #schema: JSONSchemaProps;
  readonly #scale: CustomResourceSubresourceScale | undefined;
  readonly #rules: Rules | undefined;

  constructor({ schema, scale, cel }: ResourceValidatorOptions) {
    this.#schema = schema;
    this.#scale = scale;
    this.#rules = cel.rulesOf(schema);
  }

  validate(object: KubeObject): Errors {
    const errors = [
      ...this.#validateSchema(object, undefined),
      ...this.#validateScale(object, { status: false }),
      ...validateEmbedded(this.#schema, object),
      ...validateLists(this.#schema, object),
    ];
    return this.#withRules(errors, object, undefined);
  }

  validateUpdate(next: KubeObject, previous: KubeObject): Errors {
    const errors = [
      ...this.#validateSchema(next, previous),
      ...this.#validateScale(next, { status: false }),
      ...validateEmbedded(this.#schema, next),
      ...this.#validateNewLists(next, previous),
    ];
    return this.#withRules(errors, next, previous);
  }

  validateStatusUpdate(next: KubeObject, previous: KubeObject): Errors {
    const errors = [
      ...this.#validateStatus(fieldAt(next, ["status"]), fieldAt(previous, ["status"])),
      ...this.#validateScale(next, { status: true }),
      ...this.#validateNewLists(next, previous),
    ];
    return this.#withRules(errors, next, previous);
  }

  /** Rules are for objects of the right shape. */
  #withRules(errors: Errors, next: KubeObject, previous: KubeObject | undefined): Errors {
    if (this.#rules === undefined) return errors;
    if (errors.some(({ reason }) => BLOCKING.has(reason))) return [...errors, NOT_CHECKED];
    const found = this.#rules.validate(next, previous);
    warningsOfObjects.set(next, found.warnings);
    return [...errors, ...found.errors.map(withField)];
  }

  #validateSchema(value: unknown, previous: unknown): Errors {
    return validateValue(this.#schema, { path: "", value, previous }).map(withField);
  }

  /** Messages name fields from the status on, although the errors know where they are. */
  #validateStatus(value: unknown, previous: unknown): Errors {
    const schema = this.#schema.properties?.["status"];
    if (schema === undefined || value === undefined) return [];
    return validateValue(schema, { path: "", value, previous }).map((error) => ({
      ...error,
      field: error.field === "" || error.field === NO_FIELD ? "status" : `status.${error.field}`,
    }));
  }

  #validateScale(object: KubeObject, { status }: { readonly status: boolean }): Errors {
    return this.#scale === undefined ? [] : validateScale(this.#scale, object, { status });
  }

  /** Lists that were wrong before may stay so. */
  #validateNewLists(next: KubeObject, previous: KubeObject): Errors {
    const errors = validateLists(this.#schema, next);
    return errors.length > 0 && validateLists(this.#schema, previous).length > 0 ? [] : errors;
  }
}

function withField(error: FieldError): FieldError {
  return error.field === "" ? { ...error, field: NO_FIELD } : error;
}

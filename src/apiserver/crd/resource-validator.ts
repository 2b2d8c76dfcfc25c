import type { CustomResourceSubresourceScale, JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import type { FieldError } from "#apimachinery/field-error.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { fieldAt } from "./field-at.ts";
import { validateScale } from "./scale-fields.ts";
import { validateEmbedded } from "./validate-embedded.ts";
import { validateLists } from "./validate-lists.ts";
import { validateValue } from "./validate-value.ts";

type Errors = readonly FieldError[];

/** Problems that upstream reports without a field. */
const NO_FIELD = "<nil>";

/** Everything that a definition lets its objects be, besides their metadata (upstream pkg/registry/customresource). */
export class ResourceValidator {
  readonly #schema: JSONSchemaProps;
  readonly #scale: CustomResourceSubresourceScale | undefined;

  constructor(schema: JSONSchemaProps, scale: CustomResourceSubresourceScale | undefined) {
    this.#schema = schema;
    this.#scale = scale;
  }

  validate(object: KubeObject): Errors {
    return [
      ...this.#validateSchema(object, undefined),
      ...this.#validateScale(object, { status: false }),
      ...validateEmbedded(this.#schema, object),
      ...validateLists(this.#schema, object),
    ];
  }

  validateUpdate(next: KubeObject, previous: KubeObject): Errors {
    return [
      ...this.#validateSchema(next, previous),
      ...this.#validateScale(next, { status: false }),
      ...validateEmbedded(this.#schema, next),
      ...this.#validateNewLists(next, previous),
    ];
  }

  validateStatusUpdate(next: KubeObject, previous: KubeObject): Errors {
    return [
      ...this.#validateStatus(fieldAt(next, ["status"]), fieldAt(previous, ["status"])),
      ...this.#validateScale(next, { status: true }),
      ...this.#validateNewLists(next, previous),
    ];
  }

  #validateSchema(value: unknown, previous: unknown): Errors {
    return validateValue(this.#schema, { path: "", value, previous }).map((error) =>
      error.field === "" ? { ...error, field: NO_FIELD } : error,
    );
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

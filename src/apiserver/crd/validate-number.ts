import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { isWhole } from "#apimachinery/exact-json.ts";
import { type FieldError, invalid } from "#apimachinery/field-error.ts";
import { formatOf } from "./validate-type.ts";

type Errors = readonly FieldError[];

/** Limits of a number, and whether it can be held (kube-openapi pkg/validation/validate/validator.go). */
export function validateNumber(schema: JSONSchemaProps, value: number | bigint, path: string): Errors {
  const limits = new NumberLimits(schema, value, path);
  return [
    ...limits.checkRange(value, "Checked"),
    ...limits.checkMultiple(),
    ...limits.checkMinimum(),
    ...limits.checkMaximum(),
  ];
}

class NumberLimits {
  readonly #schema: JSONSchemaProps;
  readonly #value: number | bigint;
  readonly #path: string;

  constructor(schema: JSONSchemaProps, value: number | bigint, path: string) {
    this.#schema = schema;
    this.#value = value;
    this.#path = path;
  }

  /** Reported without a field. */
  checkRange(number: number | bigint, what: string): Errors {
    const { type = "" } = this.#schema;
    const format = formatOf(this.#schema);
    if (canHold(type, format, number)) return [];
    const which = format === "" ? "(default format)" : `with format ${format}`;
    const message = `${what} value must be of type ${type} ${which} in ${this.#path}`;
    return [invalid("<nil>", "", message)];
  }

  checkMultiple(): Errors {
    const { multipleOf } = this.#schema;
    if (multipleOf === undefined) return [];
    const problems = this.checkRange(multipleOf, "MultipleOf");
    const factor = problems.length === 0 ? this.#native(multipleOf) : multipleOf;
    if (factor <= 0) {
      const message = `factor MultipleOf declared for ${this.#path} must be positive: ${String(factor)}`;
      return [...problems, invalid(this.#path, factor, message)];
    }
    return isMultiple(this.#value, factor)
      ? problems
      : [...problems, this.#wrong(`a multiple of ${String(factor)}`)];
  }

  checkMinimum(): Errors {
    const { minimum, exclusiveMinimum = false } = this.#schema;
    if (minimum === undefined) return [];
    const problems = this.checkRange(minimum, "Minimum boundary");
    const limit = problems.length === 0 ? this.#native(minimum) : minimum;
    const isBelow = exclusiveMinimum ? this.#value <= limit : this.#value < limit;
    const than = exclusiveMinimum ? "greater than" : "greater than or equal to";
    return isBelow ? [...problems, this.#wrong(`${than} ${String(limit)}`)] : problems;
  }

  checkMaximum(): Errors {
    const { maximum, exclusiveMaximum = false } = this.#schema;
    if (maximum === undefined) return [];
    const problems = this.checkRange(maximum, "Maximum boundary");
    const limit = problems.length === 0 ? this.#native(maximum) : maximum;
    const isAbove = exclusiveMaximum ? this.#value >= limit : this.#value > limit;
    const than = exclusiveMaximum ? "less than" : "less than or equal to";
    return isAbove ? [...problems, this.#wrong(`${than} ${String(limit)}`)] : problems;
  }

  /** A whole number is compared with the whole part of limits. */
  #native(limit: number): number {
    return isWhole(this.#value) ? Math.trunc(limit) : limit;
  }

  #wrong(rule: string): FieldError {
    return invalid(this.#path, this.#value, `${this.#path} in body should be ${rule}`);
  }
}

const MAX_FLOAT = 3.4028234663852886e38;

function canHold(type: string, format: string, number: number | bigint): boolean {
  if (type === "number") return format !== "float" || Math.abs(Number(number)) <= MAX_FLOAT;
  if (type !== "integer") return true;
  const limit = format === "int32" ? 2 ** 31 : 2 ** 63;
  return isWhole(number) && number >= -limit && number < limit;
}

const EPSILON = 1e-9;

/** Go-openapi's `IsFloat64AJSONInteger`, for the quotient. */
function isMultiple(value: number | bigint, factor: number): boolean {
  if (typeof value === "bigint") {
    return Number.isInteger(factor) ? value % BigInt(factor) === 0n : isMultiple(Number(value), factor);
  }
  const quotient = factor < 1 ? (1 / factor) * value : value / factor;
  const whole = Math.trunc(quotient);
  const difference = Math.abs(quotient - whole);
  return difference === 0 || difference / (Math.abs(quotient) + Math.abs(whole)) < EPSILON;
}

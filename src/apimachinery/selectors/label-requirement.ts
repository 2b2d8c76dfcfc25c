import { type FieldError, formatFieldError, indexPath, invalid, keyPath } from "../field-error.ts";
import { checkLabelValue, checkQualifiedName } from "../formats.ts";
import { aggregate } from "../status-error.ts";
import { SelectorError } from "./selector-error.ts";

/** `exists` and `!` have no values, `in` and `notin` one or more, the others exactly one. */
export type LabelOperator = "=" | "==" | "!=" | "in" | "notin" | "exists" | "!" | "gt" | "lt";

/** One condition on one label (apimachinery `labels.Requirement`). */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;
export type LabelPredicate = (labels: Labels | undefined) => boolean;

/** Checks a requirement; throws a `SelectorError` that names every problem. */
export function labelRequirement(
  key: string,
  operator: LabelOperator,
  values: readonly string[],
): LabelRequirement {
  const errors = [...checkKey(key, "key"), ...checkValues(operator, values), ...checkEach(key, values)];
  if (errors.length > 0) throw new SelectorError(aggregate(errors.map(formatFieldError)));
  return { key, operator, values };
}

/** What is wrong with a label key; several messages are one error. */
export function checkKey(key: string, path: string): readonly FieldError[] {
  const messages = checkQualifiedName(key);
  return messages.length === 0 ? [] : [invalid(path, key, messages.join("; "))];
}

function checkEach(key: string, values: readonly string[]): readonly FieldError[] {
  return values.flatMap((value, index) => {
    const messages = checkLabelValue(value);
    const path = keyPath(indexPath("values", index), key);
    return messages.length === 0 ? [] : [invalid(path, value, messages.join("; "))];
  });
}

function checkValues(operator: LabelOperator, values: readonly string[]): readonly FieldError[] {
  const wrong = (detail: string): FieldError =>
    invalid("values", values.length === 0 ? undefined : values, detail);
  switch (operator) {
    case "in":
    case "notin":
      return values.length > 0 ? [] : [wrong("for 'in', 'notin' operators, values set can't be empty")];
    case "=":
    case "==":
    case "!=":
      return values.length === 1 ? [] : [wrong("exact-match compatibility requires one single value")];
    case "exists":
    case "!":
      return values.length === 0 ? [] : [wrong("values set must be empty for exists and does not exist")];
    case "gt":
    case "lt":
      return [
        ...(values.length === 1 ? [] : [wrong("for 'Gt', 'Lt' operators, exactly one value is required")]),
        ...values.flatMap((value, index) =>
          parseInt64(value) === undefined
            ? [
                invalid(
                  indexPath("values", index),
                  value,
                  "for 'Gt', 'Lt' operators, the value must be an integer",
                ),
              ]
            : [],
        ),
      ];
  }
}

/** Makes a requirement executable. An absent label satisfies only `!=`, `notin` and `!`. */
export function compileRequirement({ key, operator, values }: LabelRequirement): LabelPredicate {
  const [first = ""] = values;
  switch (operator) {
    case "=":
    case "==":
      return (labels) => labels?.[key] === first;
    case "!=":
      return (labels) => labels?.[key] !== first;
    case "in":
      return compileMembership(key, values);
    case "notin": {
      const isIn = compileMembership(key, values);
      return (labels) => !isIn(labels);
    }
    case "exists":
      return (labels) => lookUp(labels, key) !== undefined;
    case "!":
      return (labels) => lookUp(labels, key) === undefined;
    case "gt":
    case "lt":
      return compileComparison(key, operator, parseInt64(first));
  }
}

/** A list of so few values is searched faster than a set. */
const FEW_VALUES = 8;

function compileMembership(key: string, values: readonly string[]): LabelPredicate {
  if (values.length <= FEW_VALUES) {
    return (labels) => values.includes(lookUp(labels, key) ?? NO_LABEL_VALUE);
  }
  const set = new Set(values);
  return (labels) => set.has(lookUp(labels, key) ?? NO_LABEL_VALUE);
}

function compileComparison(key: string, operator: "gt" | "lt", bound: bigint | undefined): LabelPredicate {
  return (labels) => {
    const value = parseInt64(lookUp(labels, key) ?? "");
    if (value === undefined || bound === undefined) return false;
    return operator === "gt" ? value > bound : value < bound;
  };
}

/** Not a valid label value, so that no list of values contains it. */
const NO_LABEL_VALUE = "\0";

/** Labels are plain objects: `constructor` is a valid key that each of them inherits. */
function lookUp(labels: Labels | undefined, key: string): string | undefined {
  const value: unknown = labels?.[key];
  return typeof value === "string" ? value : undefined;
}

function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return value === BigInt.asIntN(64, value) ? value : undefined;
}

/** The requirement as text that the parser reads back. */
export function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case "!":
      return `!${key}`;
    case "exists":
      return key;
    case "in":
    case "notin":
      return `${key} ${operator} (${values.toSorted().join(",")})`;
    case "gt":
      return `${key}>${values.join(",")}`;
    case "lt":
      return `${key}<${values.join(",")}`;
    case "=":
    case "==":
    case "!=":
      return `${key}${operator}${values.join(",")}`;
  }
}

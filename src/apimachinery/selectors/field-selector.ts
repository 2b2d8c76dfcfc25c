import { SelectorError } from "./selector-error.ts";

/** One condition on one field (apimachinery `fields.Requirement`). */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** Reads the value of a selectable field; absent fields read as the empty text. */
export type FieldGetter<T> = (object: T) => string;

/**
 * Parses `metadata.name=a,spec.nodeName!=b` (apimachinery `pkg/fields`). In values, `\`, `,` and `=` are escaped
 * with a backslash. Throws a `SelectorError` with upstream's message.
 */
export function parseFieldSelector(text: string): readonly FieldRequirement[] {
  return splitTerms(text)
    .filter((term) => term !== "")
    .toSorted()
    .map((term) => parseTerm(term, text))
    .filter(({ field, value }) => field !== "" || value !== "");
}

/**
 * Makes requirements executable over the selectable fields of a kind. Throws a `SelectorError` for a field
 * that the kind does not offer.
 */
export function compileFieldSelector<T>(
  requirements: readonly FieldRequirement[],
  getterOf: (field: string) => FieldGetter<T> | undefined,
): (object: T) => boolean {
  const predicates = requirements.map(({ field, operator, value }) => {
    const getter = getterOf(field);
    if (getter === undefined) throw new SelectorError(`field label not supported: ${field}`);
    return operator === "="
      ? (object: T) => getter(object) === value
      : (object: T) => getter(object) !== value;
  });
  return (object) => {
    for (const predicate of predicates) if (!predicate(object)) return false;
    return true;
  };
}

/** The only value that a field may have, when the requirements fix it: an index can then serve the request. */
export function requiredFieldValue(
  requirements: readonly FieldRequirement[],
  field: string,
): string | undefined {
  return requirements.find((each) => each.field === field && each.operator === "=")?.value;
}

export function formatFieldSelector(requirements: readonly FieldRequirement[]): string {
  return requirements
    .map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`)
    .join(",");
}

export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, (character) => `\\${character}`);
}

/** Splits at commas that are not escaped; the escapes stay. */
function splitTerms(text: string): readonly string[] {
  const terms: string[] = [];
  let start = 0;
  for (let position = 0; position < text.length; position++) {
    const character = text.charAt(position);
    if (character === "\\") position++;
    if (character !== ",") continue;
    terms.push(text.slice(start, position));
    start = position + 1;
  }
  return [...terms, text.slice(start)];
}

function parseTerm(term: string, selector: string): FieldRequirement {
  const operator = /!=|==|=/.exec(term);
  if (operator === null) {
    throw new SelectorError(`invalid selector: '${selector}'; can't understand '${term}'`);
  }
  return {
    field: term.slice(0, operator.index),
    operator: operator[0] === "!=" ? "!=" : "=",
    value: unescapeFieldValue(term.slice(operator.index + operator[0].length)),
  };
}

/** Throws a `SelectorError` for a special character without a backslash and for an unknown escape. */
function unescapeFieldValue(value: string): string {
  return value.replace(/\\([^]?)|[,=]/gu, (match, escaped: string | undefined) => {
    if (escaped === undefined) {
      // Upstream prints the number of the character.
      throw new SelectorError(
        `invalid field selector: unescaped character in value: ${String(match.codePointAt(0))}`,
      );
    }
    if (escaped !== "" && "\\,=".includes(escaped)) return escaped;
    throw new SelectorError(`invalid field selector: invalid escape sequence: ${match}`);
  });
}

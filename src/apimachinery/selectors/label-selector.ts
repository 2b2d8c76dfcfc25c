import type { LabelSelector, LabelSelectorRequirement } from "../generated/meta-v1.ts";
import { quote } from "../go-text.ts";
import { parseLabelRequirements } from "./label-parser.ts";
import {
  compileRequirement,
  formatRequirement,
  type LabelOperator,
  type LabelPredicate,
  type LabelRequirement,
  type Labels,
  labelRequirement,
} from "./label-requirement.ts";
import { SelectorError } from "./selector-error.ts";

/** A label selector ready for use. All requirements, sorted by key, must hold. */
export interface LabelMatcher {
  readonly requirements: readonly LabelRequirement[];
  readonly matches: LabelPredicate;
}

export const matchEverything: LabelMatcher = { requirements: [], matches: () => true };
export const matchNothing: LabelMatcher = { requirements: [], matches: () => false };

/** Parses the text form, as in `?labelSelector=`. Throws a `SelectorError`; the empty text matches everything. */
export function parseLabelSelector(text: string): LabelMatcher {
  return text === "" ? matchEverything : compileRequirements(parseLabelRequirements(text));
}

/**
 * The matcher of an API object's selector: an absent one matches nothing, an empty one everything.
 * Throws a `SelectorError` when the selector would not pass validation.
 */
export function compileLabelSelector(selector: LabelSelector | null | undefined): LabelMatcher {
  if (selector === undefined || selector === null) return matchNothing;
  const labels = Object.entries(selector.matchLabels ?? {});
  const requirements = labels.map(([key, value]) => labelRequirement(key, "=", [value]));
  return compileRequirements([
    ...requirements,
    ...(selector.matchExpressions ?? []).map(({ key, operator, values = [] }) =>
      labelRequirement(key, textOperator(operator), values),
    ),
  ]);
}

/** The matcher of a plain map of labels, such as a Service's selector. An empty map matches everything. */
export function compileLabelSet(labels: Labels | null | undefined): LabelMatcher {
  const requirements = Object.entries(labels ?? {});
  return compileRequirements(requirements.map(([key, value]) => ({ key, operator: "=", values: [value] })));
}

function compileRequirements(unsorted: readonly LabelRequirement[]): LabelMatcher {
  const requirements = unsorted.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const predicates = requirements.map(compileRequirement);
  const [first, second] = predicates;
  if (first === undefined) return matchEverything;
  if (second === undefined) return { requirements, matches: first };
  const matches: LabelPredicate = (labels) => {
    for (const predicate of predicates) if (!predicate(labels)) return false;
    return true;
  };
  return { requirements, matches };
}

const TEXT_OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
};

function textOperator(operator: string): LabelOperator {
  const known = Object.hasOwn(TEXT_OPERATORS, operator) ? TEXT_OPERATORS[operator] : undefined;
  if (known === undefined)
    throw new SelectorError(`${quote(operator)} is not a valid label selector operator`);
  return known;
}

/** The text form, which `parseLabelSelector` reads back: `a=b,c in (d,e)`. Empty for everything and nothing. */
export function formatLabelMatcher({ requirements }: LabelMatcher): string {
  return requirements.map(formatRequirement).join(",");
}

/** How tables print a selector: `<none>` when it restricts nothing, `<error>` when it is invalid. */
export function describeLabelSelector(selector: LabelSelector | null | undefined): string {
  try {
    const text = formatLabelMatcher(compileLabelSelector(selector));
    return text === "" ? "<none>" : text;
  } catch (error) {
    if (error instanceof SelectorError) return "<error>";
    throw error;
  }
}

const API_OPERATORS: Partial<Record<LabelOperator, string>> = {
  in: "In",
  notin: "NotIn",
  exists: "Exists",
  "!": "DoesNotExist",
};

/** The API object of a text form. Throws a `SelectorError` for what the object cannot say: `!=`, `<` and `>`. */
export function parseToLabelSelector(text: string): LabelSelector {
  const { requirements } = compileRequirements(readRequirements(text));
  const isEquality = ({ operator }: LabelRequirement): boolean => operator === "=" || operator === "==";
  return {
    matchLabels: Object.fromEntries(
      requirements.filter(isEquality).map(({ key, values: [value = ""] }) => [key, value]),
    ),
    matchExpressions: requirements.filter((each) => !isEquality(each)).map(toExpression),
  };
}

function readRequirements(text: string): readonly LabelRequirement[] {
  try {
    return parseLabelRequirements(text);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw new SelectorError(`couldn't parse the selector string "${text}": ${error.message}`);
  }
}

function toExpression({ key, operator, values }: LabelRequirement): LabelSelectorRequirement {
  const name = API_OPERATORS[operator];
  if (name !== undefined) return { key, operator: name, values };
  const problem =
    operator === "gt" || operator === "lt"
      ? "isn't supported in label selectors"
      : "is not a valid label selector operator";
  throw new SelectorError(`${quote(operator)} ${problem}`);
}

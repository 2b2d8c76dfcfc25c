/** Expressions about what a webhook would be asked (apiserver `pkg/authorization/cel`). */
import type { SubjectAccessReviewSpec } from "#api/generated/authorization-v1.ts";
import { duplicate, type FieldError, indexPath, required, tooMany } from "#apimachinery/field-error.ts";
import { aggregate } from "#apimachinery/status-error.ts";
import type { TypeProvider } from "../../cel/checker/declarations.ts";
import { createKubernetesEnvironment, PER_CALL_LIMIT } from "../../cel/kubernetes-environment.ts";
import type { Program } from "../../cel/program.ts";
import { BOOL, type CelType, listType, mapType, objectType, STRING } from "../../cel/types/type.ts";
import { jsonValue } from "../../cel/values/json-value.ts";
import { typeText } from "../../expressions/admission-compiler.ts";
import { ObjectCompiler } from "../../expressions/object-compiler.ts";
import type { ConditionsOutcome } from "./webhook-authorizer.ts";

/** What Kubernetes does with more is to refuse them all. */
const MAX_CONDITIONS = 64;

const TEXTS = listType(STRING);
const REQUEST = objectType("kubernetes.SubjectAccessReviewSpec");
const RESOURCE = objectType("kubernetes.ResourceAttributes");
const PATH = objectType("kubernetes.NonResourceAttributes");
const FIELD_SELECTOR = objectType("kubernetes.FieldSelectorAttributes");
const LABEL_SELECTOR = objectType("kubernetes.LabelSelectorAttributes");
const REQUIREMENT = objectType("kubernetes.SelectorRequirement");

const SELECTOR_FIELDS = { rawSelector: STRING, requirements: listType(REQUIREMENT) };

const TYPES = new Map<string, Readonly<Record<string, CelType>>>([
  [
    REQUEST.name,
    {
      resourceAttributes: RESOURCE,
      nonResourceAttributes: PATH,
      user: STRING,
      groups: TEXTS,
      extra: mapType(STRING, TEXTS),
      uid: STRING,
    },
  ],
  [
    RESOURCE.name,
    {
      namespace: STRING,
      verb: STRING,
      group: STRING,
      version: STRING,
      resource: STRING,
      subresource: STRING,
      name: STRING,
      fieldSelector: FIELD_SELECTOR,
      labelSelector: LABEL_SELECTOR,
    },
  ],
  [PATH.name, { path: STRING, verb: STRING }],
  [FIELD_SELECTOR.name, SELECTOR_FIELDS],
  [LABEL_SELECTOR.name, SELECTOR_FIELDS],
  [REQUIREMENT.name, { key: STRING, operator: STRING, values: TEXTS }],
]);

const PROVIDER: TypeProvider = {
  has: (type) => TYPES.has(type),
  fieldOf: (type, field) => {
    const fields = TYPES.get(type);
    return fields && Object.hasOwn(fields, field) ? fields[field] : undefined;
  },
};

const CONDITION = {
  problemOf: (type: CelType) =>
    type.equals(BOOL) ? undefined : `must evaluate to bool but got ${typeText(type)}`,
};

export interface CompiledConditions {
  readonly errors: readonly FieldError[];
  /** Whether the conditions hold; not to be asked when there are errors. */
  readonly evaluate: (spec: SubjectAccessReviewSpec) => ConditionsOutcome;
}

/** `path` is that of the list. */
export function compileConditions(expressions: readonly string[], path: string): CompiledConditions {
  const environment = createKubernetesEnvironment().with({
    variables: { request: REQUEST },
    provider: PROVIDER,
  });
  if (expressions.length > MAX_CONDITIONS) {
    const errors = [tooMany(path, expressions.length, MAX_CONDITIONS)];
    return { errors, evaluate: () => true };
  }
  const compiler = new ObjectCompiler();
  const programs: { readonly text: string; readonly program: Program }[] = [];
  const errors = expressions.flatMap((text, index): readonly FieldError[] => {
    const field = `${indexPath(path, index)}.expression`;
    if (text.trim() === "") return [required(field)];
    if (expressions.indexOf(text) < index) return [duplicate(field, text)];
    const compiled = compiler.compile({ text, path: field }, environment, CONDITION);
    if (compiled.checked !== undefined)
      programs.push({ text, program: environment.program(compiled.checked) });
    return compiled.errors;
  });
  return { errors, evaluate: (spec) => evaluateConditions(programs, spec) };
}

/** One that does not hold is enough; otherwise failures are for the failure policy. */
function evaluateConditions(
  programs: readonly { readonly text: string; readonly program: Program }[],
  spec: SubjectAccessReviewSpec,
): ConditionsOutcome {
  const variables = { request: jsonValue(requestOf(spec)) };
  const problems: string[] = [];
  for (const { text, program } of programs) {
    const result = program.evaluate(variables, PER_CALL_LIMIT);
    if ("problem" in result) {
      problems.push(`cel evaluation error: expression '${text}' resulted in error: ${result.problem}`);
    } else if (result.value !== true) return false;
  }
  return problems.length === 0 ? true : { problem: aggregate(problems) };
}

/** Texts that are empty are there all the same. */
function requestOf({ resourceAttributes, nonResourceAttributes, ...user }: SubjectAccessReviewSpec): object {
  const noTexts = {
    namespace: "",
    verb: "",
    group: "",
    version: "",
    resource: "",
    subresource: "",
    name: "",
  };
  return {
    user: "",
    groups: [],
    uid: "",
    extra: {},
    ...user,
    ...(resourceAttributes && { resourceAttributes: { ...noTexts, ...resourceAttributes } }),
    ...(nonResourceAttributes && { nonResourceAttributes: { verb: "", path: "", ...nonResourceAttributes } }),
  };
}

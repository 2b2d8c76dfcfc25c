/** What a policy makes of a request (k8s.io/apiserver pkg/admission/plugin/policy/mutating/patch). */
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import type { Variables } from "../cel/evaluator/frame.ts";
import { rawOf } from "../cel/schema/raw-value.ts";
import { isList } from "../cel/values/list.ts";
import { isMap } from "../cel/values/map.ts";
import { CelStruct } from "../cel/values/struct.ts";
import { CelError, type Result } from "../cel/values/value.ts";
import type { MutatingPrograms, MutationProgram } from "./admission-programs.ts";
import { Evaluation, OutOfBudget } from "./evaluation.ts";
import { POLICY_BUDGET } from "./validate-request.ts";

export type MutationOutcome =
  | { readonly type: "patch"; readonly operations: readonly JsonObject[] }
  | { readonly type: "apply"; readonly configuration: JsonObject }
  | { readonly type: "failed"; readonly problem: string };

export function evaluateMutation(
  { variables }: MutatingPrograms,
  { program, patchType }: MutationProgram,
  values: Variables,
): MutationOutcome {
  if (program.program === undefined) return { type: "failed", problem: program.problem };
  try {
    const { value, problem } = new Evaluation(values, variables, POLICY_BUDGET).evaluate(program);
    if (problem !== undefined) return { type: "failed", problem };
    return patchType === "JSONPatch" ? readPatch(value) : readConfiguration(value);
  } catch (error) {
    if (error instanceof OutOfBudget) return { type: "failed", problem: error.message };
    throw error;
  }
}

/** The checker has made sure of the type of all elements. */
function readPatch(value: Result | undefined): MutationOutcome {
  const operations: JsonObject[] = [];
  for (const each of isList(value) ? value : []) {
    if (each instanceof CelError) return { type: "failed", problem: each.message };
    const made = isMap(each) ? each.find("value") : undefined;
    const problems = made instanceof CelStruct ? nameProblems(made, made.type.name) : [];
    if (problems.length > 0) return mismatch(problems);
    const operation = rawOf(each);
    if (isJsonObject(operation)) operations.push(operation);
  }
  return { type: "patch", operations };
}

function readConfiguration(value: Result | undefined): MutationOutcome {
  const problems = value instanceof CelStruct ? nameProblems(value, value.type.name) : [];
  if (problems.length > 0) return mismatch(problems);
  const configuration = value instanceof CelStruct ? rawOf(value) : undefined;
  return isJsonObject(configuration)
    ? { type: "apply", configuration }
    : { type: "failed", problem: "unsupported return type from ApplyConfiguration expression" };
}

function mismatch(problems: readonly string[]): MutationOutcome {
  return { type: "failed", problem: `type mismatch: ${problems.join("\n")}` };
}

/** Objects are called after the fields in which they are, which the checker does not look at. */
function nameProblems(value: Result | undefined, path: string): readonly string[] {
  if (value instanceof CelStruct) {
    const { name } = value.type;
    const own =
      name === path
        ? []
        : [
            `unexpected type name "${name}", expected "${path}", which matches field name path from root Object type`,
          ];
    return [
      ...own,
      ...[...value.fields].flatMap(([field, inner]) => nameProblems(inner, `${path}.${field}`)),
    ];
  }
  if (isList(value)) return [...value].flatMap((each) => nameProblems(each, path));
  if (isMap(value)) return [...value.keys()].flatMap((key) => nameProblems(value.find(key), path));
  return [];
}

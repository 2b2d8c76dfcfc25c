/** Expressions of webhooks and policies (kube-apiserver pkg/apis/admissionregistration/validation). */
import type {
  MatchCondition,
  MutatingAdmissionPolicySpec,
  Mutation,
  ValidatingAdmissionPolicySpec,
  ValidatingWebhook,
  Validation,
  Variable,
} from "#api/generated/admissionregistration-v1.ts";
import { type FieldError, indexPath } from "#apimachinery/field-error.ts";
import { BOOL, type CelType, listType, NULL, STRING } from "../cel/types/type.ts";
import type { AdmissionCompiler, Scope } from "./admission-compiler.ts";
import { JSON_PATCH, PATCH_OBJECT } from "./admission-types.ts";
import type { Expression } from "./object-compiler.ts";

type Errors = readonly FieldError[];
type PolicySpec = ValidatingAdmissionPolicySpec | MutatingAdmissionPolicySpec;

export function checkWebhooks(
  webhooks: readonly Pick<ValidatingWebhook, "matchConditions">[],
  compiler: AdmissionCompiler,
): Errors {
  return webhooks.flatMap(({ matchConditions }, index) => {
    const path = `${indexPath("webhooks", index)}.matchConditions`;
    return checkMatchConditions(matchConditions, path, { hasParams: false }, compiler);
  });
}

/** Empty expressions are left to validation, here and below. */
function checkMatchConditions(
  conditions: readonly MatchCondition[] = [],
  path: string,
  scope: Pick<Scope, "hasParams">,
  compiler: AdmissionCompiler,
): Errors {
  return conditions.flatMap(({ expression }, index) =>
    checkExpression(
      { text: expression.trim(), path: `${indexPath(path, index)}.expression` },
      { ...scope, hasAuthorizer: true },
      [BOOL],
      compiler,
    ),
  );
}

/** `checksConditions` is false where an update leaves them as they are. */
export function checkValidatingPolicy(
  spec: ValidatingAdmissionPolicySpec,
  checksConditions: boolean,
  compiler: AdmissionCompiler,
): Errors {
  const { errors, scope } = checkScope(spec, checksConditions, compiler);
  return [
    ...errors,
    ...(spec.validations ?? []).flatMap((validation, index) =>
      checkValidation(validation, indexPath("spec.validations", index), scope, compiler),
    ),
    ...(spec.auditAnnotations ?? []).flatMap(({ valueExpression }, index) =>
      checkExpression(
        {
          text: valueExpression.trim(),
          shown: valueExpression,
          path: `${indexPath("spec.auditAnnotations", index)}.valueExpression`,
        },
        scope,
        [STRING, NULL],
        compiler,
      ),
    ),
  ];
}

export function checkMutatingPolicy(
  spec: MutatingAdmissionPolicySpec,
  checksConditions: boolean,
  compiler: AdmissionCompiler,
): Errors {
  const { errors, scope } = checkScope(spec, checksConditions, compiler);
  return [
    ...errors,
    ...(spec.mutations ?? []).flatMap((mutation, index) =>
      checkMutation(mutation, indexPath("spec.mutations", index), scope, compiler),
    ),
  ];
}

/** Conditions and variables of a policy, and what its other expressions can name. */
function checkScope(
  spec: PolicySpec,
  checksConditions: boolean,
  compiler: AdmissionCompiler,
): { readonly errors: Errors; readonly scope: Scope } {
  const hasParams = spec.paramKind !== undefined;
  const conditions = checksConditions
    ? checkMatchConditions(spec.matchConditions, "spec.matchConditions", { hasParams }, compiler)
    : [];
  const declared = declareVariables(spec.variables, { hasParams, hasAuthorizer: true }, compiler);
  return {
    errors: [...conditions, ...declared.errors],
    scope: { hasParams, hasAuthorizer: true, variables: declared.types },
  };
}

/** Variables can name those before them. */
function declareVariables(
  variables: readonly Variable[] = [],
  scope: Scope,
  compiler: AdmissionCompiler,
): { readonly errors: Errors; readonly types: ReadonlyMap<string, CelType> } {
  const types = new Map<string, CelType>();
  const errors: FieldError[] = [];
  for (const [index, { name, expression: text }] of variables.entries()) {
    if (text.trim() === "") continue;
    const path = `${indexPath("spec.variables", index)}.expression`;
    const compiled = compiler.compile({ text, path }, { ...scope, variables: types }, []);
    errors.push(...compiled.errors);
    types.set(name, compiled.type);
  }
  return { errors, types };
}

function checkValidation(
  { expression, messageExpression = "" }: Validation,
  path: string,
  scope: Scope,
  compiler: AdmissionCompiler,
): Errors {
  return [
    ...checkExpression({ text: expression, path: `${path}.expression` }, scope, [BOOL], compiler),
    ...checkExpression(
      { text: messageExpression, path: `${path}.messageExpression` },
      { ...scope, hasAuthorizer: false },
      [STRING],
      compiler,
    ),
  ];
}

function checkMutation(mutation: Mutation, path: string, scope: Scope, compiler: AdmissionCompiler): Errors {
  const { patchType, applyConfiguration, jsonPatch } = mutation;
  const [field, patch, type] =
    patchType === "JSONPatch"
      ? (["jsonPatch", jsonPatch, listType(JSON_PATCH)] as const)
      : (["applyConfiguration", applyConfiguration, PATCH_OBJECT] as const);
  return checkExpression(
    { text: patch?.expression?.trim() ?? "", path: `${path}.${field}.expression` },
    { ...scope, hasPatchTypes: true },
    [type],
    compiler,
  );
}

function checkExpression(
  expression: Expression,
  scope: Scope,
  returns: readonly CelType[],
  compiler: AdmissionCompiler,
): Errors {
  return expression.text.trim() === "" ? [] : compiler.compile(expression, scope, returns).errors;
}

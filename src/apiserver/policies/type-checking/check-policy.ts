/** Holds the expressions of a policy to the types of what it is about (apiserver `policy/validating/typechecking.go`). */
import type {
  ExpressionWarning,
  ValidatingAdmissionPolicySpec,
} from "#api/generated/admissionregistration-v1.ts";
import type { BuiltInSchemas } from "#api/schemas.ts";
import { indexPath } from "#apimachinery/field-error.ts";
import { nextTurn } from "#base/next-turn.ts";
import type { TypeProvider } from "../../cel/checker/declarations.ts";
import type { Environment } from "../../cel/environment.ts";
import { createKubernetesEnvironment } from "../../cel/kubernetes-environment.ts";
import { AUTHORIZER } from "../../cel/library/authorizer-values.ts";
import { type DeclaredType, declareType, typeProvider } from "../../cel/schema/declared-type.ts";
import { ExpressionError } from "../../cel/syntax/issue.ts";
import { type CelType, DYN } from "../../cel/types/type.ts";
import { visibleType } from "../../expressions/admission-compiler.ts";
import { admissionTypes, NAMESPACE, REQUEST, VARIABLES } from "../../expressions/admission-types.ts";
import type { ServedResource } from "../../registry/served-resource.ts";
import { resolveSchema } from "./resolve-schema.ts";

/** What a policy is about, as far as it is served. */
export interface CheckedKinds {
  readonly objects: readonly ServedResource[];
  readonly params: ServedResource | undefined;
}

export type CheckPolicy = (
  spec: ValidatingAdmissionPolicySpec,
  kinds: CheckedKinds,
) => Promise<readonly ExpressionWarning[]>;

export function createPolicyCheck(schemas: BuiltInSchemas): CheckPolicy {
  const base = createKubernetesEnvironment();
  const declare = (served: ServedResource): DeclaredType | undefined =>
    declareType(resolveSchema(served, schemas), served.resource.kind, true);
  return async (spec, { objects, params }) => {
    const expressions = expressionsOf(spec);
    const problems = expressions.map((): string[] => []);
    const paramsType = params && declare(params);
    for (const served of objects) {
      // Types of some kinds are large.
      await nextTurn();
      const problemOf = checkerFor(spec, { object: declare(served), params: paramsType }, base);
      for (const [index, { text }] of expressions.entries()) {
        const problem = problemOf(text);
        if (problem !== undefined) problems[index]?.push(`${kindText(served)}: ${problem}\n`);
      }
    }
    return expressions.flatMap(({ fieldRef }, index) => {
      const warning = problems[index]?.join("\n") ?? "";
      return warning === "" ? [] : [{ fieldRef, warning }];
    });
  };
}

interface Expression {
  readonly fieldRef: string;
  readonly text: string;
}

function expressionsOf({ validations = [] }: ValidatingAdmissionPolicySpec): readonly Expression[] {
  return validations.flatMap(({ expression, messageExpression = "" }, index) => {
    const path = indexPath("spec.validations", index);
    return [
      { fieldRef: `${path}.expression`, text: expression },
      ...(messageExpression === ""
        ? []
        : [{ fieldRef: `${path}.messageExpression`, text: messageExpression }]),
    ];
  });
}

interface Types {
  /** Undefined where nothing is known of them. */
  readonly object: DeclaredType | undefined;
  readonly params: DeclaredType | undefined;
}

type ProblemOf = (expression: string) => string | undefined;

/** Variables whose own expression makes no sense are of any type, and not told of. */
function checkerFor(
  { paramKind, variables: declared = [] }: ValidatingAdmissionPolicySpec,
  { object, params }: Types,
  base: Environment,
): ProblemOf {
  const variables = new Map<string, CelType>();
  const type = object?.type ?? DYN;
  const environment = base.with({
    variables: {
      object: type,
      oldObject: type,
      namespaceObject: NAMESPACE,
      request: REQUEST,
      ...(paramKind !== undefined && { params: params?.type ?? DYN }),
      authorizer: AUTHORIZER,
      variables: VARIABLES,
    },
    provider: firstOf([
      admissionTypes({ variables, hasPatchTypes: false }),
      ...[object, params].filter((each) => each !== undefined).map(typeProvider),
    ]),
  });
  for (const { name, expression } of declared) variables.set(name, check(expression, environment).type);
  return (expression) => check(expression, environment).problem;
}

function check(
  expression: string,
  environment: Environment,
): { readonly type: CelType; readonly problem?: string } {
  try {
    return { type: visibleType(environment.check(expression).type) };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { type: DYN, problem: error.message };
  }
}

function firstOf(providers: readonly TypeProvider[]): TypeProvider {
  const providerOf = (type: string) => providers.find((each) => each.has(type));
  return {
    has: (type) => providerOf(type) !== undefined,
    fieldOf: (type, field) => providerOf(type)?.fieldOf(type, field),
  };
}

/** As Go prints it. */
function kindText({ resource: { group, version, kind } }: ServedResource): string {
  return `${group}/${version}, Kind=${kind}`;
}

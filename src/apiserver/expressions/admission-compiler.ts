import type { FieldError } from "#apimachinery/field-error.ts";
import type { Environment } from "../cel/environment.ts";
import { ProgramError } from "../cel/evaluator/node.ts";
import { AUTHORIZER, RESOURCE_CHECK } from "../cel/library/authorizer-values.ts";
import type { Program } from "../cel/program.ts";
import { ExpressionError } from "../cel/syntax/issue.ts";
import { type CelType, DYN, listType, mapType } from "../cel/types/type.ts";
import { admissionTypes, NAMESPACE, REQUEST, VARIABLES } from "./admission-types.ts";
import { type Expression, ObjectCompiler } from "./object-compiler.ts";

/** What an expression can name besides the objects and the request. */
export interface Scope {
  readonly hasParams: boolean;
  readonly hasAuthorizer: boolean;
  /** What can be made for a patch. */
  readonly hasPatchTypes?: boolean;
  /** The types of `variables`, where there are some. */
  readonly variables?: ReadonlyMap<string, CelType>;
}

/** What is wrong with an expression, and what others see of its value: `dyn` when there is something. */
export interface CompiledExpression {
  readonly errors: readonly FieldError[];
  readonly type: CelType;
}

/** An expression that is there to be evaluated. */
export type AdmissionProgram = {
  readonly text: string;
  /** What others see of its value. */
  readonly type: CelType;
} & (
  | { readonly program: Program; readonly problem?: undefined }
  | { readonly program?: undefined; readonly problem: string }
);

/** Compiles the expressions of one object about requests (k8s.io/apiserver pkg/admission/plugin/cel/compile.go). */
export class AdmissionCompiler {
  readonly #base: Environment;
  /** With what expressions that make patches can use. */
  readonly #patching: Environment;
  readonly #compiler = new ObjectCompiler();

  constructor(base: Environment, patching: Environment) {
    this.#base = base;
    this.#patching = patching;
  }

  /** `returns` are the types that the value may have; any will do when there are none. */
  compile(expression: Expression, scope: Scope, returns: readonly CelType[]): CompiledExpression {
    const { checked, errors } = this.#compiler.compile(expression, this.#environmentOf(scope), {
      problemOf: (type) => typeProblem(type, returns),
    });
    return { errors, type: checked === undefined ? DYN : visibleType(checked.type) };
  }

  /** What a stored expression runs as, or why it does not. */
  program(text: string, scope: Scope): AdmissionProgram {
    const environment = this.#environmentOf(scope);
    try {
      const checked = environment.check(text);
      return { text, type: visibleType(checked.type), program: environment.program(checked) };
    } catch (error) {
      if (!(error instanceof ExpressionError) && !(error instanceof ProgramError)) throw error;
      return { text, type: DYN, problem: `compilation failed: ${error.message}` };
    }
  }

  #environmentOf({ hasParams, hasAuthorizer, hasPatchTypes = false, variables }: Scope): Environment {
    const environment = hasPatchTypes ? this.#patching : this.#base;
    return environment.with({
      variables: {
        object: DYN,
        oldObject: DYN,
        namespaceObject: NAMESPACE,
        request: REQUEST,
        ...(hasParams && { params: DYN }),
        ...(hasAuthorizer && { authorizer: AUTHORIZER, "authorizer.requestResource": RESOURCE_CHECK }),
        ...(variables && { variables: VARIABLES }),
      },
      provider: admissionTypes({ variables, hasPatchTypes }),
    });
  }
}

function typeProblem(type: CelType, returns: readonly CelType[]): string | undefined {
  if (returns.length === 0 || returns.some((each) => each.equals(type))) return undefined;
  const [only, ...others] = returns.map(typeText);
  const wanted = others.length === 0 ? only : `one of [${[only, ...others].join(" ")}]`;
  return `must evaluate to ${String(wanted)} but got ${typeText(type)}`;
}

/** A type as cel-go's `Type.String` prints it. */
export function typeText({ name, parameters }: CelType): string {
  return parameters.length === 0 ? name : `${name}(${parameters.map(typeText).join(", ")})`;
}

/** Variables hand on scalars, and lists and maps of these; what is inside of all else is not known. */
export function visibleType(type: CelType): CelType {
  const [first, second] = type.parameters;
  if (type.kind === "list" && first !== undefined) return listType(visibleType(first));
  if (type.kind === "map" && first !== undefined && second !== undefined) {
    return mapType(visibleType(first), visibleType(second));
  }
  return type.kind === "object" || type.kind === "opaque" || type.kind === "type" ? DYN : type;
}

import type {
  MatchCondition,
  MutatingAdmissionPolicySpec,
  Mutation,
  ValidatingAdmissionPolicySpec,
  Validation,
  Variable,
} from "#api/generated/admissionregistration-v1.ts";
import { createKubernetesEnvironment } from "../cel/kubernetes-environment.ts";
import { jsonPatchLibrary } from "../cel/library/json-patch.ts";
import type { CelType } from "../cel/types/type.ts";
import { AdmissionCompiler, type AdmissionProgram, type Scope } from "./admission-compiler.ts";
import type { VariablePrograms } from "./evaluation.ts";

/** The expressions that webhooks and policies have in common, ready to be evaluated. */
export interface ConditionPrograms {
  readonly conditions: readonly AdmissionProgram[];
  readonly variables: VariablePrograms;
}

export interface ValidationProgram {
  readonly validation: Validation;
  readonly program: AdmissionProgram;
  readonly message: AdmissionProgram | undefined;
}

export interface ValidatingPrograms extends ConditionPrograms {
  readonly validations: readonly ValidationProgram[];
  readonly auditAnnotations: readonly { readonly key: string; readonly program: AdmissionProgram }[];
}

export interface MutationProgram {
  readonly patchType: Mutation["patchType"];
  readonly program: AdmissionProgram;
}

export interface MutatingPrograms extends ConditionPrograms {
  readonly mutations: readonly MutationProgram[];
}

/** Compiles stored expressions. */
export class AdmissionPrograms {
  readonly #compiler = new AdmissionCompiler(
    createKubernetesEnvironment(),
    createKubernetesEnvironment(jsonPatchLibrary),
  );

  /** Of a webhook. */
  conditions(conditions: readonly MatchCondition[]): ConditionPrograms {
    const scope = { hasParams: false, hasAuthorizer: true };
    return { conditions: this.#conditions(conditions, scope), variables: new Map() };
  }

  validating({
    validations = [],
    auditAnnotations = [],
    ...spec
  }: ValidatingAdmissionPolicySpec): ValidatingPrograms {
    const { scope, ...shared } = this.#shared(spec);
    const messageScope = { ...scope, hasAuthorizer: false };
    return {
      ...shared,
      validations: validations.map((validation) => {
        const { expression, messageExpression = "" } = validation;
        const program = this.#compiler.program(expression, scope);
        const message =
          messageExpression === "" ? undefined : this.#compiler.program(messageExpression, messageScope);
        return { validation, program, message };
      }),
      auditAnnotations: auditAnnotations.map(({ key, valueExpression }) => ({
        key,
        program: this.#compiler.program(valueExpression, scope),
      })),
    };
  }

  mutating({ mutations = [], ...spec }: MutatingAdmissionPolicySpec): MutatingPrograms {
    const { scope, ...shared } = this.#shared(spec);
    const patchScope = { ...scope, hasPatchTypes: true };
    return {
      ...shared,
      mutations: mutations.map(({ patchType, jsonPatch, applyConfiguration }) => {
        const patch = patchType === "JSONPatch" ? jsonPatch : applyConfiguration;
        return { patchType, program: this.#compiler.program(patch?.expression ?? "", patchScope) };
      }),
    };
  }

  #shared({
    paramKind,
    matchConditions = [],
    variables: declared = [],
  }: Pick<ValidatingAdmissionPolicySpec, "paramKind" | "matchConditions" | "variables">) {
    const base = { hasParams: paramKind !== undefined, hasAuthorizer: true };
    const variables = this.#variables(declared, base);
    const types = new Map([...variables].map(([name, { type }]): [string, CelType] => [name, type]));
    const scope: Scope = { ...base, variables: types };
    return { scope, variables, conditions: this.#conditions(matchConditions, scope) };
  }

  #conditions(conditions: readonly MatchCondition[], scope: Scope): readonly AdmissionProgram[] {
    return conditions.map(({ expression }) => this.#compiler.program(expression, scope));
  }

  /** Variables can name those before them. */
  #variables(declared: readonly Variable[], scope: Scope): VariablePrograms {
    const programs = new Map<string, AdmissionProgram>();
    const types = new Map<string, CelType>();
    for (const { name, expression } of declared) {
      const program = this.#compiler.program(expression, { ...scope, variables: types });
      programs.set(name, program);
      types.set(name, program.type);
    }
    return programs;
  }
}

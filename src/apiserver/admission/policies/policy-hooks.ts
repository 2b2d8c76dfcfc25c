import type { MatchResources, ParamKind, ParamRef } from "#api/generated/admissionregistration-v1.ts";
import type { ObjectMeta } from "#apimachinery/generated/meta-v1.ts";
import { compileSelectors, type SelectorMatchers } from "../matching/match-selectors.ts";

/** What validating and mutating policies have in common. */
export interface Policy {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly paramKind?: ParamKind;
    readonly matchConstraints?: MatchResources;
    readonly failurePolicy?: "Fail" | "Ignore";
    readonly matchConditions?: readonly object[];
  };
}

export interface Binding {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly policyName?: string;
    readonly paramRef?: ParamRef;
    readonly matchResources?: MatchResources;
  };
}

/** Which requests a policy or binding is about. */
export interface Criteria {
  readonly resources: MatchResources;
  readonly selectors: SelectorMatchers;
}

/** A policy with everything that puts it into force, ready for use. */
export interface PolicyHook<P extends Policy, B extends Binding, E> {
  readonly policy: P;
  readonly constraints: Criteria;
  readonly bindings: readonly BindingHook<B>[];
  /** Compiled when it is first asked for. */
  readonly evaluator: () => E;
}

export interface BindingHook<B extends Binding> {
  readonly binding: B;
  /** Undefined where the binding is about everything that its policy is about. */
  readonly criteria: Criteria | undefined;
}

/** Policies do nothing until they are bound. */
export function listPolicyHooks<P extends Policy, B extends Binding, E>(
  policies: readonly P[],
  bindings: readonly B[],
  compile: (policy: P) => E,
): readonly PolicyHook<P, B, E>[] {
  const byPolicy = Map.groupBy(bindings, ({ spec }) => spec.policyName ?? "");
  return policies.flatMap((policy) => {
    const bound = byPolicy.get(policy.metadata.name) ?? [];
    if (bound.length === 0) return [];
    return {
      policy,
      constraints: criteriaOf(policy.spec.matchConstraints ?? {}),
      bindings: bound.map((binding) => {
        const { matchResources } = binding.spec;
        return { binding, criteria: matchResources && criteriaOf(matchResources) };
      }),
      evaluator: () => compile(policy),
    };
  });
}

/** Compiles each policy at most once while it is the same. */
export function compileOnce<P extends object, E>(compile: (policy: P) => E): (policy: P) => E {
  const compiled = new WeakMap<P, E>();
  return (policy) => {
    const known = compiled.get(policy);
    if (known !== undefined) return known;
    const evaluator = compile(policy);
    compiled.set(policy, evaluator);
    return evaluator;
  };
}

function criteriaOf(resources: MatchResources): Criteria {
  return { resources, selectors: compileSelectors(resources) };
}

/** Which policies are about a request (apiserver `plugin/policy/generic/policy_dispatcher.go`). */
import type { KubeObject } from "#apimachinery/meta.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionRequest, ClusterView } from "../admission-plugin.ts";
import type { MatchedResource, ResourceMatcher } from "../matching/resource-matcher.ts";
import { collectParams, type ParamsDependencies, resolveParamKind } from "./collect-params.ts";
import { matchCriteria } from "./match-criteria.ts";
import type { Binding, BindingHook, Policy, PolicyHook } from "./policy-hooks.ts";

/** A policy that is to be evaluated, or the reason why that is not possible. */
export type PolicyStep<P extends Policy, B extends Binding, E> =
  | { readonly type: "evaluate"; readonly invocation: PolicyInvocation<P, B, E> }
  | { readonly type: "misconfigured"; readonly policy: P; readonly binding?: B; readonly why: string };

export interface PolicyInvocation<P extends Policy, B extends Binding, E> {
  readonly hook: PolicyHook<P, B, E>;
  readonly binding: B;
  readonly matched: MatchedResource;
  readonly params: KubeObject | undefined;
}

export interface StepDependencies extends ParamsDependencies {
  readonly cluster: ClusterView;
  readonly resources: ResourceMatcher;
}

/** One step for each policy, binding and object of parameters that is about the request, in the order of their names. */
export async function policySteps<P extends Policy, B extends Binding, E>(
  hooks: readonly PolicyHook<P, B, E>[],
  request: AdmissionRequest,
  dependencies: StepDependencies,
): Promise<readonly PolicyStep<P, B, E>[]> {
  const steps: PolicyStep<P, B, E>[] = [];
  for (const hook of hooks) {
    const { policy } = hook;
    try {
      const matched = matchedOrThrow(matchCriteria(hook.constraints, request, dependencies));
      if (matched === undefined) continue;
      resolveParamKind(policy.spec.paramKind, dependencies);
      for (const binding of hook.bindings) {
        steps.push(...(await bindingSteps(hook, binding, { request, matched, dependencies })));
      }
    } catch (error) {
      steps.push({ type: "misconfigured", policy, why: `failed to configure policy: ${messageOf(error)}` });
    }
  }
  return steps;
}

interface BindingContext {
  readonly request: AdmissionRequest;
  readonly matched: MatchedResource;
  readonly dependencies: StepDependencies;
}

async function bindingSteps<P extends Policy, B extends Binding, E>(
  hook: PolicyHook<P, B, E>,
  { binding, criteria }: BindingHook<B>,
  { request, matched, dependencies }: BindingContext,
): Promise<readonly PolicyStep<P, B, E>[]> {
  const { policy } = hook;
  try {
    if (criteria !== undefined) {
      const bound = matchedOrThrow(matchCriteria(criteria, request, dependencies));
      if (bound === undefined) return [];
    }
    const served = resolveParamKind(policy.spec.paramKind, dependencies);
    const { paramRef } = binding.spec;
    const params = await collectParams(served, paramRef, request.namespace, dependencies);
    return params.map((each) => ({
      type: "evaluate",
      invocation: { hook, binding, matched, params: each },
    }));
  } catch (error) {
    const why = `failed to configure binding: ${messageOf(error)}`;
    return [{ type: "misconfigured", policy, binding, why }];
  }
}

function matchedOrThrow(matched: MatchedResource | StatusError | undefined): MatchedResource | undefined {
  if (matched instanceof StatusError) throw matched;
  return matched;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import type {
  MutatingAdmissionPolicy,
  ValidatingAdmissionPolicy,
} from "#api/generated/admissionregistration-v1.ts";
import type { KindName } from "#api/resource.ts";
import type { Metrics } from "#observability/metrics.ts";
import type { AdmissionEvaluator } from "../expressions/admission-evaluator.ts";
import { lazyEvaluator } from "../expressions/lazy-evaluator.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import type { FollowObjectsDependencies } from "../storage/follow-objects.ts";
import type { AdmissionPlugin } from "./admission-plugin.ts";
import { FollowedObjects } from "./matching/followed-objects.ts";
import { ResourceMatcher } from "./matching/resource-matcher.ts";
import { type MutatingHook, mutatingPolicies } from "./policies/mutating-policies.ts";
import { compileOnce, listPolicyHooks } from "./policies/policy-hooks.ts";
import { PolicyMetrics } from "./policies/policy-metrics.ts";
import { type ValidatingHook, validatingPolicies } from "./policies/validating-policies.ts";
import { listHooks } from "./webhooks/hook.ts";
import { type MutatingWebhooksDependencies, mutatingWebhooks } from "./webhooks/mutating-webhooks.ts";
import { validatingWebhooks } from "./webhooks/validating-webhooks.ts";
import { WebhookMetrics } from "./webhooks/webhook-metrics.ts";

/** The plugins whose rules are objects in the store. */
export interface DynamicPlugins {
  readonly mutatingPolicies: AdmissionPlugin;
  readonly mutatingWebhooks: AdmissionPlugin;
  readonly validatingPolicies: AdmissionPlugin;
  readonly validatingWebhooks: AdmissionPlugin;
}

export type DynamicAdmissionDependencies = FollowObjectsDependencies &
  Omit<MutatingWebhooksDependencies, "metrics" | "resources"> & {
    readonly registry: KindRegistry;
    readonly metrics: Metrics;
  };

/** Makes these plugins, which follow their rules from then on. Disposing ends that. */
export function createDynamicAdmission(
  dependencies: DynamicAdmissionDependencies,
): AsyncDisposable & { readonly plugins: DynamicPlugins } {
  const stack = new AsyncDisposableStack();
  const follow: Follow = (kind) => stack.use(new FollowedObjects(kind, dependencies));
  const evaluator = lazyEvaluator();
  const resources = new ResourceMatcher(dependencies.registry);
  const shared = {
    ...dependencies,
    resources,
    metrics: new WebhookMetrics(dependencies.metrics),
    policyMetrics: new PolicyMetrics(dependencies.metrics),
  };
  const mutating = follow("MutatingWebhookConfiguration");
  const validating = follow("ValidatingWebhookConfiguration");
  return {
    plugins: {
      mutatingPolicies: mutatingPolicies(mutatingHooks(follow, evaluator), shared),
      mutatingWebhooks: mutatingWebhooks(
        remadeOf([mutating], () => listHooks(mutating.list(), evaluator)),
        shared,
      ),
      validatingPolicies: validatingPolicies(validatingHooks(follow, evaluator), shared),
      validatingWebhooks: validatingWebhooks(
        remadeOf([validating], () => listHooks(validating.list(), evaluator)),
        shared,
      ),
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

type Follow = <K extends KindName>(kind: K) => FollowedObjects<K>;

function mutatingHooks(follow: Follow, evaluator: () => AdmissionEvaluator): () => readonly MutatingHook[] {
  const policies = follow("MutatingAdmissionPolicy");
  const bindings = follow("MutatingAdmissionPolicyBinding");
  const compile = compileOnce(({ spec }: MutatingAdmissionPolicy) => evaluator().mutatingPolicy(spec));
  return remadeOf([policies, bindings], () => listPolicyHooks(policies.list(), bindings.list(), compile));
}

function validatingHooks(
  follow: Follow,
  evaluator: () => AdmissionEvaluator,
): () => readonly ValidatingHook[] {
  const policies = follow("ValidatingAdmissionPolicy");
  const bindings = follow("ValidatingAdmissionPolicyBinding");
  const compile = compileOnce(({ spec }: ValidatingAdmissionPolicy) => evaluator().validatingPolicy(spec));
  return remadeOf([policies, bindings], () => listPolicyHooks(policies.list(), bindings.list(), compile));
}

/** What is made of some objects. It is made anew when it is asked for after one of them has changed. */
function remadeOf<T>(
  sources: readonly { list(): readonly unknown[] }[],
  make: () => readonly T[],
): () => readonly T[] {
  let seen: readonly (readonly unknown[])[] = [];
  let made: readonly T[] = [];
  return () => {
    if (sources.every((source, index) => source.list() === seen[index])) return made;
    seen = sources.map((source) => source.list());
    made = make();
    return made;
  };
}

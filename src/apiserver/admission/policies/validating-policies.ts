import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "#api/generated/admissionregistration-v1.ts";
import type { StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionEvaluator } from "../../expressions/admission-evaluator.ts";
import type { AdmissionInput } from "../../expressions/admission-values.ts";
import type { PolicyDecision, ValidationResult } from "../../expressions/validate-request.ts";
import {
  type AdmissionEnvironment,
  type AdmissionPlugin,
  type AdmissionRequest,
  defineAdmissionPlugin,
} from "../admission-plugin.ts";
import { expressionInput } from "../matching/expression-input.ts";
import { versionedObjects } from "../matching/versioned-objects.ts";
import type { WebhookMetrics } from "../webhooks/webhook-metrics.ts";
import { PolicyAnnotations } from "./audit-annotations.ts";
import { isAbout } from "./is-about.ts";
import { isExcluded } from "./is-excluded.ts";
import { namespaceOf } from "./namespace-of.ts";
import { type Denial, policyDenial, validationFailure } from "./policy-denial.ts";
import type { PolicyHook } from "./policy-hooks.ts";
import type { EvaluatedPolicy, PolicyMetrics } from "./policy-metrics.ts";
import { type PolicyInvocation, policySteps, type StepDependencies } from "./policy-steps.ts";

type Policy = ValidatingAdmissionPolicy;
type Binding = ValidatingAdmissionPolicyBinding;
type Evaluator = ReturnType<AdmissionEvaluator["validatingPolicy"]>;

export type ValidatingHook = PolicyHook<Policy, Binding, Evaluator>;

export interface ValidatingPoliciesDependencies extends Omit<StepDependencies, "cluster"> {
  readonly policyMetrics: Pick<PolicyMetrics, "validated">;
  readonly metrics: Pick<WebhookMetrics, "observeConditions">;
}

/** Holds requests to ValidatingAdmissionPolicies. */
export function validatingPolicies(
  hooks: () => readonly ValidatingHook[],
  dependencies: ValidatingPoliciesDependencies,
): AdmissionPlugin {
  return defineAdmissionPlugin({
    name: "ValidatingAdmissionPolicy",
    operations: ["CREATE", "UPDATE", "DELETE", "CONNECT"],
    resources: ["*"],
    validate: (request, environment) => {
      const all = hooks();
      if (all.length === 0 || isExcluded(request)) return undefined;
      return new PolicyCheck(request, environment, dependencies).run(all);
    },
  });
}

interface Evaluated {
  readonly policy: Policy;
  readonly binding: Binding;
  readonly evaluated: EvaluatedPolicy;
}

const METRIC_ACTIONS = { Deny: "deny", Audit: "audit", Warn: "warn" } as const;

/** One request before all policies. */
class PolicyCheck {
  readonly #request: AdmissionRequest;
  readonly #environment: AdmissionEnvironment;
  readonly #dependencies: ValidatingPoliciesDependencies;
  readonly #annotations = new PolicyAnnotations();
  readonly #denials: Denial[] = [];

  constructor(
    request: AdmissionRequest,
    environment: AdmissionEnvironment,
    dependencies: ValidatingPoliciesDependencies,
  ) {
    this.#request = request;
    this.#environment = environment;
    this.#dependencies = dependencies;
  }

  async run(hooks: readonly ValidatingHook[]): Promise<StatusError | undefined> {
    const { cluster } = this.#environment;
    for (const step of await policySteps(hooks, this.#request, { ...this.#dependencies, cluster })) {
      if (step.type === "evaluate") await this.#evaluate(step.invocation);
      else if (step.policy.spec.failurePolicy !== "Ignore") {
        const { policy, binding, why } = step;
        this.#denials.push({ policy, binding, message: why, reason: "" });
      }
    }
    this.#annotations.publish(this.#request.annotate);
    const [first] = this.#denials;
    return first && policyDenial(this.#request, first);
  }

  async #evaluate(invocation: PolicyInvocation<Policy, Binding, Evaluator>): Promise<void> {
    const { hook, binding, matched, params } = invocation;
    const { policy } = hook;
    const { cluster, clock } = this.#environment;
    const objects = await versionedObjects(this.#request, matched);
    const namespace = namespaceOf(this.#request, cluster);
    const input = expressionInput(this.#request, matched, objects, { params, namespace });
    const startedAt = clock.now();
    const { decisions, annotations } = await this.#judge(hook, input);
    const evaluated = {
      policy: policy.metadata.name,
      binding: binding.metadata.name,
      seconds: (clock.now() - startedAt) / 1000,
    };
    const { policyMetrics } = this.#dependencies;
    for (const [index, decision] of decisions.entries()) {
      if (decision.denies) this.#act({ policy, binding, evaluated }, index, decision);
      else if (decision.message !== "") policyMetrics.validated(evaluated, "allow", decision.message);
    }
    for (const annotation of annotations) {
      if ("value" in annotation) {
        this.#annotations.add(policy.metadata.name, annotation.key, annotation.value);
      } else {
        this.#denials.push({ policy, binding, message: annotation.problem, reason: "" });
        policyMetrics.validated(evaluated, "deny", annotation.problem);
      }
    }
  }

  /** A policy of which nobody can tell whether it is about the request has not been kept. */
  async #judge(hook: ValidatingHook, input: AdmissionInput): Promise<ValidationResult> {
    const { authorizer, clock } = this.#environment;
    const evaluator = hook.evaluator();
    const asking = { request: this.#request, clock, metrics: this.#dependencies.metrics };
    const about = await isAbout(hook.policy, () => evaluator.isAbout(input, authorizer), asking);
    if (about === true) return await evaluator.validate(input, authorizer);
    const problems = about === false ? [] : [about.problem];
    return {
      decisions: problems.map((message) => ({ denies: true, message, reason: "" })),
      annotations: [],
    };
  }

  #act({ policy, binding, evaluated }: Evaluated, index: number, { message, reason }: PolicyDecision): void {
    const request = this.#request;
    for (const action of binding.spec.validationActions ?? []) {
      this.#dependencies.policyMetrics.validated(evaluated, METRIC_ACTIONS[action], message);
      switch (action) {
        case "Deny":
          this.#denials.push({ policy, binding, message, reason });
          break;
        case "Audit":
          request.annotate(
            "validation.policy.admission.k8s.io/validation_failure",
            validationFailure(binding, index, message),
          );
          break;
        case "Warn":
          request.warn(
            `Validation failed for ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}': ${message}`,
          );
          break;
      }
    }
  }
}

import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "#api/generated/admissionregistration-v1.ts";
import type { StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionEvaluator } from "../../expressions/admission-evaluator.ts";
import type { PolicyDecision } from "../../expressions/validate-request.ts";
import {
  type AdmissionEnvironment,
  type AdmissionPlugin,
  type AdmissionRequest,
  defineAdmissionPlugin,
} from "../admission-plugin.ts";
import { expressionInput } from "../matching/expression-input.ts";
import { versionedObjects } from "../matching/versioned-objects.ts";
import { PolicyAnnotations } from "./audit-annotations.ts";
import { isExcluded } from "./is-excluded.ts";
import { namespaceOf } from "./namespace-of.ts";
import { type Denial, policyDenial, validationFailure } from "./policy-denial.ts";
import type { PolicyHook } from "./policy-hooks.ts";
import { type PolicyInvocation, policySteps, type StepDependencies } from "./policy-steps.ts";

type Policy = ValidatingAdmissionPolicy;
type Binding = ValidatingAdmissionPolicyBinding;
type Evaluator = ReturnType<AdmissionEvaluator["validatingPolicy"]>;

export type ValidatingHook = PolicyHook<Policy, Binding, Evaluator>;

/** Holds requests to ValidatingAdmissionPolicies. */
export function validatingPolicies(
  hooks: () => readonly ValidatingHook[],
  dependencies: Omit<StepDependencies, "cluster">,
): AdmissionPlugin {
  return defineAdmissionPlugin({
    name: "ValidatingAdmissionPolicy",
    operations: ["CREATE", "UPDATE", "DELETE", "CONNECT"],
    resources: ["*"],
    validate: (request, environment) => {
      const all = hooks();
      if (all.length === 0 || isExcluded(request)) return undefined;
      return new PolicyCheck(request, environment).run(all, dependencies);
    },
  });
}

/** One request before all policies. */
class PolicyCheck {
  readonly #request: AdmissionRequest;
  readonly #environment: AdmissionEnvironment;
  readonly #annotations = new PolicyAnnotations();
  readonly #denials: Denial[] = [];

  constructor(request: AdmissionRequest, environment: AdmissionEnvironment) {
    this.#request = request;
    this.#environment = environment;
  }

  async run(
    hooks: readonly ValidatingHook[],
    dependencies: Omit<StepDependencies, "cluster">,
  ): Promise<StatusError | undefined> {
    const { cluster } = this.#environment;
    for (const step of await policySteps(hooks, this.#request, { ...dependencies, cluster })) {
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
    const { cluster, authorizer } = this.#environment;
    const objects = await versionedObjects(this.#request, matched);
    const namespace = namespaceOf(this.#request, cluster);
    const input = expressionInput(this.#request, matched, objects, { params, namespace });
    const { decisions, annotations } = await hook.evaluator()(input, authorizer);
    for (const [index, decision] of decisions.entries()) {
      if (decision.denies) this.#act(policy, binding, index, decision);
    }
    for (const annotation of annotations) {
      if ("value" in annotation) {
        this.#annotations.add(policy.metadata.name, annotation.key, annotation.value);
      } else this.#denials.push({ policy, binding, message: annotation.problem, reason: "" });
    }
  }

  #act(policy: Policy, binding: Binding, index: number, { message, reason }: PolicyDecision): void {
    const request = this.#request;
    for (const action of binding.spec.validationActions ?? []) {
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

import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
} from "#api/generated/admissionregistration-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionEvaluator } from "../../expressions/admission-evaluator.ts";
import type { AdmissionInput } from "../../expressions/admission-values.ts";
import {
  type AdmissionEnvironment,
  type AdmissionPlugin,
  type AdmissionRequest,
  defineAdmissionPlugin,
} from "../admission-plugin.ts";
import { completeObject, type DecodeTools } from "../matching/decode-object.ts";
import { expressionInput } from "../matching/expression-input.ts";
import { toRequest, versionedObjects } from "../matching/versioned-objects.ts";
import { refuse } from "../refuse.ts";
import { Reinvocation } from "../reinvocation.ts";
import type { WebhookMetrics } from "../webhooks/webhook-metrics.ts";
import { applyMutation } from "./apply-mutation.ts";
import { isAbout } from "./is-about.ts";
import { isExcluded } from "./is-excluded.ts";
import { namespaceOf } from "./namespace-of.ts";
import type { PolicyHook } from "./policy-hooks.ts";
import type { PolicyMetrics } from "./policy-metrics.ts";
import { type PolicyInvocation, policySteps, type StepDependencies } from "./policy-steps.ts";

type Policy = MutatingAdmissionPolicy;
type Binding = MutatingAdmissionPolicyBinding;
type Evaluator = ReturnType<AdmissionEvaluator["mutatingPolicy"]>;
type Invocation = PolicyInvocation<Policy, Binding, Evaluator>;

export type MutatingHook = PolicyHook<Policy, Binding, Evaluator>;

export interface MutatingPoliciesDependencies extends Omit<StepDependencies, "cluster">, DecodeTools {
  readonly policyMetrics: Pick<PolicyMetrics, "mutated">;
  readonly metrics: Pick<WebhookMetrics, "observeConditions">;
}

const NAME = "MutatingAdmissionPolicy";

/** Lets MutatingAdmissionPolicies change objects. There is nothing to change of what is deleted. */
export function mutatingPolicies(
  hooks: () => readonly MutatingHook[],
  dependencies: MutatingPoliciesDependencies,
): AdmissionPlugin {
  return defineAdmissionPlugin({
    name: NAME,
    operations: ["CREATE", "UPDATE", "CONNECT"],
    resources: ["*"],
    mutate: (request, environment) => {
      const all = hooks();
      if (all.length === 0 || isExcluded(request)) return undefined;
      return new PolicyRound(request, environment, dependencies).run(all);
    },
  });
}

/** Why a policy denies a request. */
interface Problem {
  readonly message: string;
  readonly reason: "Forbidden" | "Invalid";
}

/** One way of a request through all policies. */
class PolicyRound {
  readonly #environment: AdmissionEnvironment;
  readonly #dependencies: MutatingPoliciesDependencies;
  readonly #reinvocation: Reinvocation;
  readonly #problems: Problem[] = [];
  #request: AdmissionRequest;
  #hasMutated = false;

  constructor(
    request: AdmissionRequest,
    environment: AdmissionEnvironment,
    dependencies: MutatingPoliciesDependencies,
  ) {
    this.#request = request;
    this.#environment = environment;
    this.#dependencies = dependencies;
    this.#reinvocation = request.reinvocation ?? new Reinvocation();
  }

  async run(hooks: readonly MutatingHook[]): Promise<KubeObject | StatusError | undefined> {
    const { cluster } = this.#environment;
    const rounds = this.#reinvocation.of(NAME);
    if (this.#reinvocation.isSecondRound && !semanticallyEqual(rounds.lastOutput, this.#request.object)) {
      rounds.repeatAll();
    }
    for (const step of await policySteps(hooks, this.#request, { ...this.#dependencies, cluster })) {
      if (step.type === "evaluate") await this.#mutate(step.invocation);
      else this.#report(step.policy, step.binding, { message: step.why, reason: "Forbidden" });
    }
    if (this.#hasMutated) this.#repeat();
    rounds.lastOutput = this.#request.object;
    return this.#problems.length === 0 ? this.#request.object : denialOf(this.#request, this.#problems);
  }

  async #mutate(invocation: Invocation): Promise<void> {
    const { hook, binding } = invocation;
    const evaluator = hook.evaluator();
    const { authorizer, clock } = this.#environment;
    const asking = { request: this.#request, clock, metrics: this.#dependencies.metrics };
    const about = await isAbout(
      hook.policy,
      async () => await evaluator.isAbout(await this.#inputOf(invocation), authorizer),
      asking,
    );
    if (about === false) return;
    if (about !== true)
      return this.#report(hook.policy, binding, { message: about.problem, reason: "Invalid" });
    const rounds = this.#reinvocation.of(NAME);
    const id = invocationId(invocation);
    if (this.#reinvocation.isSecondRound && !rounds.isRepeated(id)) return;
    const before = this.#request.object;
    await this.#applyAll(invocation, evaluator);
    if (!semanticallyEqual(before, this.#request.object)) this.#repeat();
    if (hook.policy.spec.reinvocationPolicy === "IfNeeded") rounds.add(id);
  }

  async #applyAll(invocation: Invocation, { mutations }: Evaluator): Promise<void> {
    const { policy } = invocation.hook;
    const { authorizer, clock } = this.#environment;
    const startedAt = clock.now();
    let problem: string | undefined;
    try {
      for (const evaluate of mutations) {
        if (this.#request.object === undefined) continue;
        try {
          const input = await this.#inputOf(invocation);
          await this.#apply(invocation, input, await evaluate(input, authorizer));
        } catch (error) {
          problem ??= error instanceof Error ? error.message : String(error);
          if (!(error instanceof Error) || error instanceof StatusError) throw error;
          this.#report(policy, invocation.binding, { message: error.message, reason: "Invalid" });
        }
      }
    } finally {
      const names = { policy: policy.metadata.name, binding: invocation.binding.metadata.name };
      const seconds = (clock.now() - startedAt) / 1000;
      this.#dependencies.policyMetrics.mutated({ ...names, seconds }, problem);
    }
  }

  async #apply(
    { matched }: Invocation,
    { object }: AdmissionInput,
    outcome: Parameters<typeof applyMutation>[1],
  ): Promise<void> {
    // There is an object, as the caller has seen.
    const changed = applyMutation(object as KubeObject, outcome, { ...this.#dependencies, matched });
    const completed = await toRequest(completeObject(changed, matched), this.#request, matched);
    this.#request = { ...this.#request, object: completed };
    this.#hasMutated = true;
  }

  async #inputOf({ matched, params }: Invocation): Promise<AdmissionInput> {
    const objects = await versionedObjects(this.#request, matched);
    const namespace = namespaceOf(this.#request, this.#environment.cluster);
    return expressionInput(this.#request, matched, objects, { params, namespace });
  }

  #repeat(): void {
    this.#reinvocation.of(NAME).repeatAll();
    this.#reinvocation.isWanted = true;
  }

  #report(policy: Policy, binding: Binding | undefined, { message, reason }: Problem): void {
    if (policy.spec.failurePolicy === "Ignore") return;
    const { name } = policy.metadata;
    const who =
      binding === undefined ? `policy "${name}"` : `policy '${name}' with binding '${binding.metadata.name}'`;
    this.#problems.push({ message: `${who} denied request: ${message}`, reason });
  }
}

function invocationId({ hook, binding, params }: Invocation): string {
  const { namespace = "", name = "" } = params?.metadata ?? {};
  return JSON.stringify([hook.policy.metadata.name, binding.metadata.name, namespace, name]);
}

/** The first of the problems gives its message and reason. */
function denialOf(request: AdmissionRequest, problems: readonly Problem[]): StatusError {
  const { status } = refuse(request, "admission request denied by policy");
  const causes = [...(status.details?.causes ?? []), ...problems.map(({ message }) => ({ message }))];
  return new StatusError({ ...status, ...problems[0], details: { ...status.details, causes } });
}

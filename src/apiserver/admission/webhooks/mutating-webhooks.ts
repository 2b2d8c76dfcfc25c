import type { MutatingWebhook } from "#api/generated/admissionregistration-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import { goJson } from "#apimachinery/go-text.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import {
  type AdmissionEnvironment,
  type AdmissionPlugin,
  type AdmissionRequest,
  defineAdmissionPlugin,
} from "../admission-plugin.ts";
import { completeObject, type DecodeTools } from "../matching/decode-object.ts";
import { isExempt } from "../matching/is-exempt.ts";
import type { ResourceMatcher } from "../matching/resource-matcher.ts";
import { toRequest } from "../matching/versioned-objects.ts";
import { Reinvocation } from "../reinvocation.ts";
import { applyWebhookPatch } from "./apply-patch.ts";
import type { Hook } from "./hook.ts";
import { matchHook } from "./match-hook.ts";
import { type Invocation, WebhookCaller, type WebhookCallerDependencies } from "./webhook-caller.ts";

export interface MutatingWebhooksDependencies extends WebhookCallerDependencies, DecodeTools {
  readonly resources: ResourceMatcher;
}

const NAME = "MutatingAdmissionWebhook";
/** Of annotations of the audit event. */
const PREFIX = "mutation.webhook.admission.k8s.io/";
const PATCH_PREFIX = "patch.webhook.admission.k8s.io/";

/** Lets the webhooks of MutatingWebhookConfigurations change objects, one after the other. */
export function mutatingWebhooks(
  hooks: () => readonly Hook<MutatingWebhook>[],
  dependencies: MutatingWebhooksDependencies,
): AdmissionPlugin {
  const caller = new WebhookCaller("admit", dependencies);
  return defineAdmissionPlugin({
    name: NAME,
    operations: ["CREATE", "UPDATE", "DELETE", "CONNECT"],
    resources: ["*"],
    mutate: (request, environment) => {
      const all = hooks();
      if (all.length === 0 || isExempt(request)) return undefined;
      return new MutationRound(request, { ...dependencies, caller, environment }).run(all);
    },
  });
}

interface RoundDependencies extends MutatingWebhooksDependencies {
  readonly caller: WebhookCaller;
  readonly environment: AdmissionEnvironment;
}

/** One way of a request through all webhooks. */
class MutationRound {
  readonly #dependencies: RoundDependencies;
  readonly #reinvocation: Reinvocation;
  #request: AdmissionRequest;

  constructor(request: AdmissionRequest, dependencies: RoundDependencies) {
    this.#request = request;
    this.#dependencies = dependencies;
    this.#reinvocation = request.reinvocation ?? new Reinvocation();
  }

  async run(hooks: readonly Hook<MutatingWebhook>[]): Promise<KubeObject | undefined> {
    const { isSecondRound } = this.#reinvocation;
    const rounds = this.#reinvocation.of(NAME);
    if (isSecondRound && !semanticallyEqual(rounds.lastOutput, this.#request.object)) rounds.repeatAll();
    for (const [index, hook] of hooks.entries()) {
      // Who was not asked in the first round is not asked in the second.
      if (isSecondRound && !rounds.isRepeated(hook.id)) continue;
      const invocation = await matchHook(hook, this.#request, { ...this.#dependencies, type: "admit" });
      if (invocation === undefined) continue;
      await this.#invoke(index, invocation);
      if (hook.webhook.reinvocationPolicy === "IfNeeded") rounds.add(hook.id);
    }
    rounds.lastOutput = this.#request.object;
    return this.#request.object;
  }

  async #invoke(index: number, { hook, matched, objects }: Invocation): Promise<void> {
    const { name } = hook.webhook;
    const request = this.#request;
    const place = `round_${this.#reinvocation.isSecondRound ? "1" : "0"}_index_${String(index)}`;
    let mutated = false;
    try {
      const answer = await this.#dependencies.caller.call(
        request,
        { hook, matched, objects },
        async (response) => {
          const patched = applyWebhookPatch(name, response, objects.object, {
            matched,
            ...this.#dependencies,
          });
          if (patched === undefined) return;
          mutated = !semanticallyEqual(objects.object, patched.object);
          request.annotate(PATCH_PREFIX + place, patchNote(hook, patched.operations), "Request");
          const object = await toRequest(completeObject(patched.object, matched), request, matched);
          this.#request = { ...request, object };
        },
      );
      if (answer === undefined) request.annotate(`failed-open.${PREFIX}${place}`, name);
    } finally {
      const value = { configuration: hook.configuration, webhook: name, mutated };
      request.annotate(PREFIX + place, goJson(value));
    }
    if (!mutated) return;
    this.#reinvocation.of(NAME).repeatAll();
    this.#reinvocation.isWanted = true;
  }
}

/** What is said of a patch: Go sorts the fields of its operations, and leaves their values as they came. */
function patchNote(
  { configuration, webhook }: Hook<MutatingWebhook>,
  operations: readonly unknown[],
): string {
  const patch = (operations as readonly Readonly<Record<string, unknown>>[]).map((operation) =>
    Object.fromEntries(Object.entries(operation).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  );
  return goJson({ configuration, webhook: webhook.name, patch, patchType: "JSONPatch" });
}

import { StatusError } from "#apimachinery/status-error.ts";
import {
  type AdmissionEnvironment,
  type AdmissionPlugin,
  type AdmissionRequest,
  defineAdmissionPlugin,
} from "../admission-plugin.ts";
import { isExempt } from "../matching/is-exempt.ts";
import type { ResourceMatcher } from "../matching/resource-matcher.ts";
import type { Hook } from "./hook.ts";
import { matchHook } from "./match-hook.ts";
import { type Invocation, WebhookCaller, type WebhookCallerDependencies } from "./webhook-caller.ts";

export interface WebhookPluginDependencies extends WebhookCallerDependencies {
  readonly resources: ResourceMatcher;
}

/** Asks the webhooks of ValidatingWebhookConfigurations, all of them at once. */
export function validatingWebhooks(
  hooks: () => readonly Hook[],
  dependencies: WebhookPluginDependencies,
): AdmissionPlugin {
  const caller = new WebhookCaller("validating", dependencies);
  return defineAdmissionPlugin({
    name: "ValidatingAdmissionWebhook",
    operations: ["CREATE", "UPDATE", "DELETE", "CONNECT"],
    resources: ["*"],
    validate: (request, environment) => {
      const all = hooks();
      if (all.length === 0 || isExempt(request)) return undefined;
      return validate(request, { all, environment, caller, ...dependencies });
    },
  });
}

interface Validation extends WebhookPluginDependencies {
  readonly all: readonly Hook[];
  readonly environment: AdmissionEnvironment;
  readonly caller: WebhookCaller;
}

async function validate(
  request: AdmissionRequest,
  { all, caller, ...dependencies }: Validation,
): Promise<StatusError | undefined> {
  const invocations: Invocation[] = [];
  for (const hook of all) {
    const invocation = await matchHook(hook, request, { ...dependencies, type: "validating" });
    if (invocation !== undefined) invocations.push(invocation);
  }
  const refusals: StatusError[] = [];
  await Promise.all(
    invocations.map(async (invocation, index) => {
      try {
        const answer = await caller.call(request, invocation, () => Promise.resolve());
        if (answer !== undefined) return;
        const key = `failed-open.validating.webhook.admission.k8s.io/round_0_index_${String(index)}`;
        request.annotate(key, invocation.hook.webhook.name);
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        refusals.push(error);
      }
    }),
  );
  return refusals[0];
}

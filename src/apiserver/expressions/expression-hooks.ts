import type {
  MatchCondition,
  MutatingAdmissionPolicy,
  ValidatingAdmissionPolicy,
  ValidatingWebhookConfiguration,
} from "#api/generated/admissionregistration-v1.ts";
import type { DeviceClass, ResourceClaim, ResourceClaimTemplate } from "#api/generated/resource-v1.ts";
import { equalJson } from "#apimachinery/json-value.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { WriteHooks } from "../verbs/write-hooks.ts";
import type { createExpressionChecks, ExpressionChecks } from "./expression-checks.ts";

type Configuration = Pick<ValidatingWebhookConfiguration, "webhooks">;
type Policy = ValidatingAdmissionPolicy | MutatingAdmissionPolicy;

/**
 * Hooks that compile the expressions of what is written, by resource. Keys of resources hold nothing else, so that the
 * types are known.
 */
export function expressionHooks(): ReadonlyMap<string, WriteHooks> {
  const checks = lazyChecks();
  const webhooks: WriteHooks = {
    validate: (next, previous) => validateWebhooks(next as KubeObject & Configuration, previous, checks),
  };
  return new Map<string, WriteHooks>([
    ["validatingwebhookconfigurations.admissionregistration.k8s.io", webhooks],
    ["mutatingwebhookconfigurations.admissionregistration.k8s.io", webhooks],
    [
      "validatingadmissionpolicies.admissionregistration.k8s.io",
      {
        validate: (next, previous) => {
          const { spec } = next as ValidatingAdmissionPolicy;
          return checks().validatingPolicy(spec, hasNewConditions(spec, previous));
        },
      },
    ],
    [
      "mutatingadmissionpolicies.admissionregistration.k8s.io",
      {
        validate: (next, previous) => {
          const { spec } = next as MutatingAdmissionPolicy;
          return checks().mutatingPolicy(spec, hasNewConditions(spec, previous));
        },
      },
    ],
    ["deviceclasses.resource.k8s.io", { validate: (next) => validateClass(next as DeviceClass, checks) }],
    [
      "resourceclaims.resource.k8s.io",
      // Claims never change.
      {
        validate: (next, previous) =>
          previous === undefined ? validateClaim((next as ResourceClaim).spec, "spec", checks) : [],
      },
    ],
    [
      "resourceclaimtemplates.resource.k8s.io",
      {
        validate: (next, previous) =>
          previous === undefined
            ? validateClaim((next as ResourceClaimTemplate).spec.spec, "spec.spec", checks)
            : [],
      },
    ],
  ]);
}

/** The compiler is loaded with the first expression: a server without any needs none of it. */
function lazyChecks(): () => ExpressionChecks {
  let checks: ExpressionChecks | undefined;
  return () => {
    // The runtime loads modules with `require` at once, and bundles them as it does imported ones.
    checks ??= (
      require("./expression-checks.ts") as { readonly createExpressionChecks: typeof createExpressionChecks }
    ).createExpressionChecks();
    return checks;
  };
}

function validateWebhooks(
  { webhooks = [] }: Configuration,
  previous: (KubeObject & Configuration) | undefined,
  checks: () => ExpressionChecks,
) {
  const conditionsOf = (list: readonly { readonly matchConditions?: readonly MatchCondition[] }[]) =>
    list.map(({ matchConditions = [] }) => matchConditions);
  const conditions = conditionsOf(webhooks);
  if (conditions.every((each) => each.length === 0)) return [];
  const isKept = previous !== undefined && equalJson(conditionsOf(previous.webhooks ?? []), conditions);
  return isKept ? [] : checks().webhooks(webhooks);
}

/** Conditions that an update does not touch may stay as they are. */
function hasNewConditions(
  { paramKind, matchConditions }: Policy["spec"],
  previous: KubeObject | undefined,
): boolean {
  if (previous === undefined) return true;
  const { spec } = previous as Policy;
  return !equalJson(
    [spec.paramKind ?? null, spec.matchConditions ?? []],
    [paramKind ?? null, matchConditions ?? []],
  );
}

function validateClass({ spec }: DeviceClass, checks: () => ExpressionChecks) {
  const { selectors = [] } = spec;
  return selectors.length === 0 ? [] : checks().selectors(selectors, "spec.selectors");
}

function validateClaim({ devices }: ResourceClaim["spec"], path: string, checks: () => ExpressionChecks) {
  const hasSelectors = devices.requests.some(({ exactly, firstAvailable = [] }) =>
    [exactly, ...firstAvailable].some((each) => (each?.selectors ?? []).length > 0),
  );
  return hasSelectors ? checks().claim(devices, `${path}.devices`) : [];
}

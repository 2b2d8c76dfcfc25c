import type {
  MutatingAdmissionPolicySpec,
  ValidatingAdmissionPolicySpec,
  ValidatingWebhook,
} from "#api/generated/admissionregistration-v1.ts";
import type { DeviceClaim, DeviceSelector } from "#api/generated/resource-v1.ts";
import type { FieldError } from "#apimachinery/field-error.ts";
import { createKubernetesEnvironment } from "../cel/kubernetes-environment.ts";
import { jsonPatchLibrary } from "../cel/library/json-patch.ts";
import { bindingsLibrary } from "../cel/library/two-variables.ts";
import { AdmissionCompiler } from "./admission-compiler.ts";
import { DeviceExpressions, deviceEnvironment } from "./device-expressions.ts";
import { checkMutatingPolicy, checkValidatingPolicy, checkWebhooks } from "./policy-expressions.ts";

type Errors = readonly FieldError[];

/** What is wrong with the expressions of objects that the kinds find nothing wrong with. */
export interface ExpressionChecks {
  webhooks(webhooks: readonly Pick<ValidatingWebhook, "matchConditions">[]): Errors;
  validatingPolicy(spec: ValidatingAdmissionPolicySpec, checksConditions: boolean): Errors;
  mutatingPolicy(spec: MutatingAdmissionPolicySpec, checksConditions: boolean): Errors;
  selectors(selectors: readonly DeviceSelector[] | undefined, path: string): Errors;
  claim(devices: DeviceClaim, path: string): Errors;
}

export function createExpressionChecks(): ExpressionChecks {
  const base = createKubernetesEnvironment();
  const patching = createKubernetesEnvironment(jsonPatchLibrary);
  const devices = deviceEnvironment(createKubernetesEnvironment(bindingsLibrary));
  const compiler = () => new AdmissionCompiler(base, patching);
  return {
    webhooks: (webhooks) => checkWebhooks(webhooks, compiler()),
    validatingPolicy: (spec, checksConditions) => checkValidatingPolicy(spec, checksConditions, compiler()),
    mutatingPolicy: (spec, checksConditions) => checkMutatingPolicy(spec, checksConditions, compiler()),
    selectors: (selectors, path) => new DeviceExpressions(devices).checkSelectors(selectors, path),
    claim: (claim, path) => new DeviceExpressions(devices).checkClaim(claim, path),
  };
}

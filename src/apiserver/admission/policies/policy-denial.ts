import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "#api/generated/admissionregistration-v1.ts";
import { goJson } from "#apimachinery/go-text.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import type { AdmissionRequest } from "../admission-plugin.ts";
import { refuse } from "../refuse.ts";

/** Why a request is denied, and by whom. */
export interface Denial {
  readonly policy: ValidatingAdmissionPolicy;
  readonly binding: ValidatingAdmissionPolicyBinding | undefined;
  readonly message: string;
  /** Empty for one that has failed. */
  readonly reason: string;
}

const CODES: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
};

/** The refusal of a request (apiserver `plugin/policy/validating/dispatcher.go`). */
export function policyDenial(request: AdmissionRequest, denial: Denial): StatusError {
  const { policy, binding, message } = denial;
  const by = binding === undefined ? "" : ` with binding '${binding.metadata.name}'`;
  const text = `ValidatingAdmissionPolicy '${policy.metadata.name}'${by} denied request: ${message}`;
  const { status } = refuse(request, text);
  const reason = denial.reason === "" ? "Invalid" : denial.reason;
  const causes = [...(status.details?.causes ?? []), { message: text }];
  return new StatusError({
    ...status,
    reason,
    code: CODES[reason] ?? 422,
    details: { ...status.details, causes },
  });
}

/** The value of the audit annotation that tells of a violation. */
export function validationFailure(
  { metadata, spec }: ValidatingAdmissionPolicyBinding,
  expressionIndex: number,
  message: string,
): string {
  const { policyName: policy, validationActions } = spec;
  return goJson([{ message, policy, binding: metadata.name, expressionIndex, validationActions }]);
}

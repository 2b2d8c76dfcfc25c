import type { Time } from "#apimachinery/generated/meta-v1.ts";
import { formatHumanDuration } from "#apimachinery/human-duration.ts";
import { omit } from "#base/omit.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
  CertificateSigningRequestStatus,
} from "../../generated/certificates-v1.ts";
import { defineKind, type WriteContext } from "../../kind.ts";
import {
  APPROVAL_TYPES,
  validateRequest,
  validateRequestUpdate,
} from "./certificatesigningrequest.validation.ts";

type Condition = CertificateSigningRequestCondition;

export const certificateSigningRequest = defineKind<CertificateSigningRequest>(
  { apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest" },
  {
    columns: [
      nameColumn,
      ageColumn,
      textColumn("SignerName", ({ spec }) => spec.signerName || "<none>"),
      textColumn("Requestor", ({ spec }) => spec.username ?? ""),
      textColumn("RequestedDuration", ({ spec: { expirationSeconds } }) =>
        expirationSeconds === undefined ? "<none>" : formatHumanDuration(expirationSeconds * 1000),
      ),
      textColumn("Condition", ({ status }) => summarize(status)),
    ],
    prepareForCreate: withRequester,
    prepareForUpdate: (next, previous) => ({ ...next, spec: previous.spec }),
    prepareForStatusUpdate: (next, previous, { now }) =>
      withTimes(withApprovalOf(next, previous), previous, now),
    validate: validateRequest,
    validateUpdate: validateRequestUpdate("metadata"),
    validateStatusUpdate: validateRequestUpdate("status"),
    updateSubresources: {
      approval: {
        prepareForUpdate: (next, previous, { now }) => {
          const { conditions } = withTimes(next, previous, now).status ?? {};
          const status = { ...previous.status, ...(conditions && { conditions }) };
          return { ...next, spec: previous.spec, status };
        },
        validateUpdate: validateRequestUpdate("approval"),
      },
    },
    validateName: () => [],
    selectableFields: { "spec.signerName": ({ spec }) => spec.signerName },
    hasGeneration: false,
  },
);

/** The result in the order of precedence: `Approved,Issued`. */
function summarize(status: CertificateSigningRequestStatus | undefined): string {
  const has = (type: string): boolean => status?.conditions?.some((each) => each.type === type) ?? false;
  const decision = has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending";
  const failure = has("Failed") ? ",Failed" : "";
  const issuance = (status?.certificate ?? "") === "" ? "" : ",Issued";
  return decision + failure + issuance;
}

/** Signers trust who is named here, so it is the authenticated user whatever the request says. */
function withRequester(
  request: CertificateSigningRequest,
  { user }: WriteContext,
): CertificateSigningRequest {
  const { name, uid = "", groups, extra = {} } = user;
  return {
    ...request,
    spec: {
      ...omit(request.spec, "username", "uid", "groups", "extra"),
      ...(name !== "" && { username: name }),
      ...(uid !== "" && { uid }),
      ...(groups.length > 0 && { groups }),
      ...(Object.keys(extra).length > 0 && { extra }),
    },
  };
}

/** Keeps decisions as they are; validation reports those that were added or removed. */
function withApprovalOf(
  next: CertificateSigningRequest,
  previous: CertificateSigningRequest,
): CertificateSigningRequest {
  let conditions = next.status?.conditions ?? [];
  for (const type of APPROVAL_TYPES) {
    const before = previous.status?.conditions?.filter((condition) => condition.type === type) ?? [];
    if (conditions.filter((condition) => condition.type === type).length !== before.length) continue;
    const kept = before.values();
    conditions = conditions.map((each) => (each.type === type ? (kept.next().value ?? each) : each));
  }
  return withConditions(next, conditions);
}

/** Fills in when conditions were written, and since when they have their status. */
function withTimes(
  next: CertificateSigningRequest,
  previous: CertificateSigningRequest,
  now: Time,
): CertificateSigningRequest {
  const conditions = next.status?.conditions?.map((condition) => ({
    ...condition,
    lastUpdateTime: condition.lastUpdateTime ?? now,
    lastTransitionTime: condition.lastTransitionTime ?? transitionTime(condition, previous) ?? now,
  }));
  return conditions === undefined ? next : withConditions(next, conditions);
}

function transitionTime({ type, status }: Condition, previous: CertificateSigningRequest) {
  return previous.status?.conditions?.find(
    (before) => before.type === type && before.status === status && before.lastTransitionTime,
  )?.lastTransitionTime;
}

function withConditions(
  request: CertificateSigningRequest,
  conditions: readonly Condition[],
): CertificateSigningRequest {
  return conditions.length === 0 ? request : { ...request, status: { ...request.status, conditions } };
}

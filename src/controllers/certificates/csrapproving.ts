import { readCertificateRequest } from "#api/certificates/v1/certificatesigningrequest.validation.ts";
import { type RequestedNames, readRequestedNames } from "#api/certificates/v1/requested-names.ts";
import type { SubjectAccessReviewSpec } from "#api/generated/authorization-v1.ts";
import type { CertificateSigningRequest } from "#api/generated/certificates-v1.ts";
import type { Action, Plan } from "#reconcile/action.ts";
import { defineController, type FailedWrite } from "#reconcile/controller.ts";
import { SIGNERS } from "./signers.ts";

export interface ApprovingView {
  readonly request: CertificateSigningRequest;
  /** The subresource whose creation the requester was refused at the previous attempt. */
  readonly refused: string | undefined;
}

/** A sort of request that is approved when the requester may create that subresource. */
interface Recognizer {
  readonly subresource: string;
  readonly message: string;
  readonly recognizes: (names: RequestedNames, username: string) => boolean;
}

const KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";

const RECOGNIZERS: readonly Recognizer[] = [
  {
    subresource: "selfnodeclient",
    message: "Auto approving self kubelet client certificate after SubjectAccessReview.",
    recognizes: ({ commonName }, username) => commonName === username,
  },
  {
    subresource: "nodeclient",
    message: "Auto approving kubelet client certificate after SubjectAccessReview.",
    recognizes: () => true,
  },
];

/** Approves what kubelets request for themselves (kube-controller-manager `pkg/controller/certificates/approver`). */
export const csrApprovingController = defineController<ApprovingView>({
  name: "csrapproving",
  account: "certificate-controller",
  primary: "CertificateSigningRequest",
  watches: [{ kind: "CertificateSigningRequest", wakes: "itself" }],
  writes: ["CertificateSigningRequest/approval"],
  observe: ({ name }, caches, _now, failed) => {
    const request = caches.get("CertificateSigningRequest", "", name);
    return request && { request, refused: refusedIn(failed) };
  },
  plan: planApproving,
});

/** An attempt asks for one permission; the next one, after a refusal, for the next. */
export function planApproving({ request, refused }: ApprovingView): Plan {
  const recognizers = recognizersOf(request);
  const next = recognizers.findIndex(({ subresource }) => subresource === refused) + 1;
  const recognizer = recognizers[next] ?? recognizers[0];
  return { actions: recognizer === undefined ? [] : [approval(request, recognizer)] };
}

function recognizersOf({ spec, status = {} }: CertificateSigningRequest): readonly Recognizer[] {
  const { conditions = [], certificate = "" } = status;
  const isDecided = conditions.some(({ type }) => type === "Approved" || type === "Denied");
  if (isDecided || certificate !== "" || spec.signerName !== KUBELET_CLIENT) return [];
  const parsed = readCertificateRequest(spec.request);
  if (parsed === undefined) return [];
  const names = readRequestedNames(parsed);
  const problem = SIGNERS.get(KUBELET_CLIENT)?.problem(names, spec.usages ?? []);
  if (problem !== undefined) return [];
  return RECOGNIZERS.filter(({ recognizes }) => recognizes(names, spec.username ?? ""));
}

function approval(request: CertificateSigningRequest, { subresource, message }: Recognizer): Action {
  const condition = { type: "Approved", status: "True", reason: "AutoApproved", message } as const;
  const conditions = [...(request.status?.conditions ?? []), condition];
  const object = { ...request, status: { ...request.status, conditions } };
  return {
    type: "update",
    subresource: "approval",
    object,
    requires: [{ type: "allowed", review: reviewOf(request, subresource) }],
  };
}

function reviewOf({ spec }: CertificateSigningRequest, subresource: string): SubjectAccessReviewSpec {
  const { username, uid, groups, extra } = spec;
  return {
    ...(username !== undefined && { user: username }),
    ...(uid !== undefined && { uid }),
    ...(groups !== undefined && { groups }),
    ...(extra !== undefined && { extra }),
    resourceAttributes: {
      group: "certificates.k8s.io",
      resource: "certificatesigningrequests",
      subresource,
      verb: "create",
    },
  };
}

function refusedIn(failed: FailedWrite | undefined): string | undefined {
  if (failed?.action.type !== "update") return undefined;
  const [requirement] = failed.action.requires ?? [];
  return requirement?.type === "allowed" ? requirement.review.resourceAttributes?.subresource : undefined;
}

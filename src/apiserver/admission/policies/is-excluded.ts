import { type AdmissionRequest, admissionTarget } from "../admission-plugin.ts";

/** Nobody could log in, or be let in, any more (kube-apiserver `admission/exclusion/resources.go`). */
const REVIEWS: ReadonlySet<string> = new Set([
  "selfsubjectreviews.authentication.k8s.io",
  "tokenreviews.authentication.k8s.io",
  "localsubjectaccessreviews.authorization.k8s.io",
  "selfsubjectaccessreviews.authorization.k8s.io",
  "selfsubjectrulesreviews.authorization.k8s.io",
  "subjectaccessreviews.authorization.k8s.io",
]);

/** Whether policies do not judge a request, because that might break the cluster, or could never be undone. */
export function isExcluded(request: AdmissionRequest): boolean {
  const target = admissionTarget({ resource: request.resource, subresource: "" });
  return REVIEWS.has(target) || POLICIES.has(target);
}

const POLICIES: ReadonlySet<string> = new Set([
  "validatingadmissionpolicies.admissionregistration.k8s.io",
  "validatingadmissionpolicybindings.admissionregistration.k8s.io",
  "mutatingadmissionpolicies.admissionregistration.k8s.io",
  "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
]);

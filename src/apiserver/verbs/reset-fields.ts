import { ANY } from "#apimachinery/apply/field-set.ts";
import { qualifiedName, type ServedResource } from "../registry/served-resource.ts";

type Path = readonly string[];

/** What differs from the usual (`GetResetFields` of kube-apiserver's strategies), by resource and subresource. */
const BUILT_IN: Readonly<Record<string, readonly Path[]>> = {
  "apiservices.apiregistration.k8s.io/status": [["metadata"], ["spec"]],
  "certificatesigningrequests.certificates.k8s.io": [["spec"], ["status"]],
  "certificatesigningrequests.certificates.k8s.io/approval": [["spec"], ["status", "certificate"]],
  "certificatesigningrequests.certificates.k8s.io/status": [["spec"], ["status", "conditions"]],
  "deployments.apps/status": [["spec"], ["metadata", "labels"]],
  "flowschemas.flowcontrol.apiserver.k8s.io/status": [["metadata"], ["spec"]],
  "namespaces/finalize": [["status"]],
  "pods/status": [["spec"], ["metadata", "deletionTimestamp"], ["metadata", "ownerReferences"]],
  "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io/status": [["metadata"], ["spec"]],
  "resourceclaims.resource.k8s.io/status": [["metadata"], ["spec"]],
  "servicecidrs.networking.k8s.io/status": [["metadata"], ["spec"]],
  "validatingadmissionpolicies.admissionregistration.k8s.io/status": [["metadata"], ["spec"]],
  "volumeattachments.storage.k8s.io/status": [["metadata"], ["spec"]],
};

/** Subresources that are for a few fields (`GetResetFieldsFilter`). */
const CHANGEABLE: Readonly<Record<string, readonly Path[]>> = {
  "pods/ephemeralcontainers": [["spec", "ephemeralContainers"]],
  "pods/resize": ["containers", "initContainers"].flatMap((containers) =>
    ["resources", "resizePolicy"].map((name) => ["spec", containers, ANY, name]),
  ),
};

/** What a request for the resource, or for its subresource, cannot change: nobody owns it by such a request. */
export function resetFieldsOf(served: ServedResource, subresource: string): readonly Path[] {
  const { builtIn, resource } = served;
  const special = builtIn ? BUILT_IN[nameOf(served, subresource)] : undefined;
  if (special !== undefined) return special;
  if (subresource === "status") return builtIn ? [["spec"]] : [["metadata"], ["spec"]];
  const isStatusKept = resource.subresources.some((each) => each.name === "status");
  return subresource === "" && isStatusKept ? [["status"]] : [];
}

/** All that a request for the subresource can change, where that is less than the rest. */
export function changeableFieldsOf(served: ServedResource, subresource: string): readonly Path[] | undefined {
  return served.builtIn ? CHANGEABLE[nameOf(served, subresource)] : undefined;
}

function nameOf({ qualified }: ServedResource, subresource: string): string {
  const name = qualifiedName(qualified);
  return subresource === "" ? name : `${name}/${subresource}`;
}

import type { KubeObject } from "#apimachinery/meta.ts";
import type { QualifiedResource } from "#apimachinery/status-error.ts";
import { qualifiedName } from "../registry/served-resource.ts";
import { fromHub } from "../registry/version-conversion.ts";
import { type ObjectResponse, objectResponse } from "../storage/responses.ts";
import type { RequestScope } from "./request-scope.ts";

/** Resources that answer a deletion with the object; all others answer with a Status (`ReturnDeletedObject`). */
const ANSWERED_WITH_OBJECT: ReadonlySet<string> = new Set([
  "namespaces",
  "persistentvolumeclaims",
  "persistentvolumes",
  "pods",
  "podtemplates",
  "resourcequotas",
  "serviceaccounts",
  "services",
  "csidrivers.storage.k8s.io",
  "csinodes.storage.k8s.io",
  "storageclasses.storage.k8s.io",
  "volumeattachments.storage.k8s.io",
  "volumeattributesclasses.storage.k8s.io",
  "deviceclasses.resource.k8s.io",
  "resourceclaims.resource.k8s.io",
  "resourceclaimtemplates.resource.k8s.io",
  "resourceslices.resource.k8s.io",
]);

export function answersDeletionWithObject(resource: QualifiedResource): boolean {
  return ANSWERED_WITH_OBJECT.has(qualifiedName(resource));
}

/** The answer to a deletion, given the last state of the object in the version of the hub. */
export function deletedResponse(
  { served, warnings }: Pick<RequestScope, "served" | "warnings">,
  object: KubeObject,
  code: 200 | 202,
): ObjectResponse {
  const { qualified } = served;
  if (answersDeletionWithObject(qualified))
    return objectResponse(fromHub(object, served), code, warnings.list());
  const { name, uid } = object.metadata;
  const details = {
    name,
    ...(qualified.group !== "" && { group: qualified.group }),
    kind: qualified.resource,
    uid,
  };
  return statusResponse({ status: "Success", details }, code, warnings.list());
}

/** The answer to a request that has created nothing that could be shown. */
export function successResponse({ warnings }: Pick<RequestScope, "warnings">): ObjectResponse {
  return statusResponse({ status: "Success", code: 201 }, 201, warnings.list());
}

/** An answer that says what happened instead of showing an object. */
function statusResponse(
  status: { readonly status: "Success"; readonly details?: object; readonly code?: number },
  code: number,
  warnings: readonly string[],
): ObjectResponse {
  const body = { kind: "Status", apiVersion: "v1", metadata: {}, ...status };
  // Where an object is answered there may be a Status, which has no name and no uid.
  return objectResponse(body as unknown as KubeObject, code, warnings);
}

/** What webhooks are asked (apiserver `plugin/webhook/request/admissionreview.go`). */
import type { GroupVersionKind } from "#apimachinery/meta.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { ServedResource } from "../../registry/served-resource.ts";
import type { AdmissionRequest } from "../admission-plugin.ts";
import { type MatchedResource, matchedIn } from "../matching/resource-matcher.ts";
import type { VersionedObjects } from "../matching/versioned-objects.ts";
import { formatOptions } from "../operation-options.ts";

export type ReviewVersion = "v1" | "v1beta1";

const KNOWN: ReadonlySet<string> = new Set(["v1", "v1beta1"] satisfies ReviewVersion[]);

/** The first version of those that a webhook can read which this server can write. */
export function reviewVersion(versions: readonly string[]): ReviewVersion | undefined {
  return versions.find((each): each is ReviewVersion => KNOWN.has(each));
}

export function admissionReview(
  { uid, version }: { readonly uid: string; readonly version: ReviewVersion },
  request: AdmissionRequest,
  { matched, objects }: { readonly matched: MatchedResource; readonly objects: VersionedObjects },
): object {
  const { object = null, oldObject = null } = objects;
  return {
    kind: "AdmissionReview",
    apiVersion: `admission.k8s.io/${version}`,
    request: {
      uid,
      ...describeRequest(request, matched),
      object,
      oldObject,
      dryRun: request.dryRun,
      options: formatOptions(request.options),
    },
  };
}

/** A request without its objects, which expressions see as well. */
export function describeRequest(request: AdmissionRequest, matched: MatchedResource) {
  const { subresource, name, namespace } = request;
  const asked = matchedIn(request.served, request);
  return {
    kind: kindOf(matched.kind),
    resource: resourceOf(matched.served),
    ...(subresource !== "" && { subResource: subresource }),
    requestKind: kindOf(asked.kind),
    requestResource: resourceOf(request.served),
    ...(subresource !== "" && { requestSubResource: subresource }),
    ...(name !== "" && { name }),
    ...(namespace !== "" && { namespace }),
    operation: request.operation,
    userInfo: describeUser(request.user),
  };
}

function kindOf({ group, version, kind }: GroupVersionKind): GroupVersionKind {
  return { group, version, kind };
}

function resourceOf({ resource: { group, version, name } }: ServedResource) {
  return { group, version, resource: name };
}

function describeUser({ name, uid = "", groups, extra = {} }: UserInfo) {
  return {
    username: name,
    ...(uid !== "" && { uid }),
    ...(groups.length > 0 && { groups }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

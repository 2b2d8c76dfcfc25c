import type { GroupVersionKind } from "#apimachinery/meta.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { ServedResource } from "../../registry/served-resource.ts";
import type { AdmissionRequest } from "../admission-plugin.ts";
import { type MatchedResource, matchedIn } from "./resource-matcher.ts";

/** A request without its objects, as webhooks and expressions see it. */
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

import type { OwnerReference } from "#apimachinery/generated/meta-v1.ts";
import { quote } from "#apimachinery/go-text.ts";
import { type KubeObject, parseApiVersion } from "#apimachinery/meta.ts";
import type { StatusError } from "#apimachinery/status-error.ts";
import type { Decision, ResourceAttributes } from "../../authorization/authorizer.ts";
import {
  type AdmissionEnvironment,
  type AdmissionRequest,
  admissionTarget,
  defineAdmissionPlugin,
} from "../admission-plugin.ts";
import { refuse } from "../refuse.ts";

/** The owners of what is deleted with them say whether it goes: only those may choose them who may do that themselves. */
export const ownerReferencesPermissionEnforcementPlugin = defineAdmissionPlugin({
  name: "OwnerReferencesPermissionEnforcement",
  operations: ["CREATE", "UPDATE"],
  resources: ["*"],
  validate: (request, environment) => {
    // The status of a pod cannot change its owners.
    if (admissionTarget(request) === "pods/status" || hasSameOwners(request)) return undefined;
    return judgeOwners(request, environment);
  },
});

function ownersOf(object: KubeObject | undefined): readonly OwnerReference[] {
  // A review has no metadata to speak of.
  return (object?.metadata as KubeObject["metadata"] | undefined)?.ownerReferences ?? [];
}

function hasSameOwners({ object, oldObject }: AdmissionRequest): boolean {
  return Bun.deepEquals(ownersOf(object), ownersOf(oldObject));
}

async function judgeOwners(
  request: AdmissionRequest,
  environment: AdmissionEnvironment,
): Promise<StatusError | undefined> {
  const { resource, served, namespace, name, subresource } = request;
  const place = { group: resource.group, version: served.resource.version, resource: resource.resource };
  const deletion = await decide(
    { ...place, verb: "delete", namespace, name, subresource },
    request,
    environment,
  );
  if (deletion.outcome !== "allow") {
    return refuse(request, `cannot set an ownerRef on a resource you can't delete: ${reasonOf(deletion)}`);
  }
  for (const owner of newlyBlocking(request)) {
    const refusal = await judgeBlocking(owner, request, environment);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** Owners that are to wait with their own deletion, and did not before. */
function newlyBlocking({ object, oldObject }: AdmissionRequest): readonly OwnerReference[] {
  const before = ownersOf(oldObject);
  return ownersOf(object).filter(
    ({ uid, blockOwnerDeletion }) =>
      blockOwnerDeletion === true &&
      !before.some((each) => each.uid === uid && each.blockOwnerDeletion === true),
  );
}

async function judgeBlocking(
  { apiVersion, kind, name }: OwnerReference,
  request: AdmissionRequest,
  environment: AdmissionEnvironment,
): Promise<StatusError | undefined> {
  const { group, version } = parseApiVersion(apiVersion);
  const owner = environment.kinds.findKind({ group, version, kind });
  if (owner === undefined) {
    const why = `no matches for kind ${quote(kind)} in version ${quote(apiVersion)}`;
    return refuse(
      request,
      `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}: ${why}`,
    );
  }
  const isNamespaced = owner.resource.namespaced;
  const update = {
    verb: "update",
    group,
    version,
    resource: owner.resource.name,
    subresource: "finalizers",
    namespace: isNamespaced ? request.namespace : "",
    name,
  };
  const decision = await decide(update, request, environment);
  return decision.outcome === "allow"
    ? undefined
    : refuse(
        request,
        `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${reasonOf(decision)}`,
      );
}

async function decide(
  attributes: Omit<ResourceAttributes, "type" | "user">,
  { user }: AdmissionRequest,
  { authorizer }: AdmissionEnvironment,
): Promise<Decision> {
  return await authorizer.authorize({ ...attributes, type: "resource", user });
}

/** Upstream prints its error, which is none. */
function reasonOf({ reason }: Decision): string {
  return `${reason}, <nil>`;
}

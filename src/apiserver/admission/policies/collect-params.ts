/** The parameters of a binding (apiserver `plugin/policy/generic/policy_dispatcher.go`, `CollectParams`). */
import type { ParamKind, ParamRef } from "#api/generated/admissionregistration-v1.ts";
import { type KubeObject, parseApiVersion } from "#apimachinery/meta.ts";
import { compileLabelSelector } from "#apimachinery/selectors/label-selector.ts";
import type { KindRegistry } from "../../registry/kind-registry.ts";
import type { ServedResource } from "../../registry/served-resource.ts";
import { collectionPrefix, objectKey } from "../../registry/storage-keys.ts";
import type { ObjectStorage } from "../../storage/object-storage.ts";

export interface ParamsDependencies {
  readonly registry: Pick<KindRegistry, "findKind">;
  readonly storage: ObjectStorage;
}

/** The resource of the parameters; undefined for a policy without any. Throws an Error when there is no such thing. */
export function resolveParamKind(
  paramKind: ParamKind | undefined,
  { registry }: Pick<ParamsDependencies, "registry">,
): ServedResource | undefined {
  if (paramKind === undefined) return undefined;
  const { apiVersion = "", kind = "" } = paramKind;
  const { group, version } = parseApiVersion(apiVersion);
  const served = registry.findKind({ group, version, kind });
  if (served !== undefined) return served;
  throw new Error(`failed to find resource referenced by paramKind: '${group}/${version}, Kind=${kind}'`);
}

/**
 * The policy is evaluated once for each of these; for undefined where the binding, or the policy, wants no parameters.
 * Throws an Error for a binding that cannot be used.
 */
export async function collectParams(
  served: ServedResource | undefined,
  paramRef: ParamRef | undefined,
  requestNamespace: string,
  { storage }: Pick<ParamsDependencies, "storage">,
): Promise<readonly (KubeObject | undefined)[]> {
  if (served === undefined || paramRef === undefined) return [undefined];
  const namespace = namespaceOf(served, paramRef, requestNamespace);
  const { name = "", selector, parameterNotFoundAction } = paramRef;
  if (name !== "" && selector !== undefined) {
    throw new Error("paramRef.name and paramRef.selector are mutually exclusive");
  }
  if (name === "" && selector === undefined) throw new Error("one of name or selector must be provided");
  const entries =
    name === ""
      ? storage.store.list(collectionPrefix(served, namespace)).entries
      : [storage.store.get(objectKey(served, namespace, name))].filter((each) => each !== undefined);
  await storage.prepare(entries, served);
  const objects = entries.map((entry) => storage.objectOf(entry, served));
  const { matches } = compileLabelSelector(selector ?? {});
  const params = objects.filter(({ metadata: { labels = {} } }) => matches(labels));
  if (params.length === 0 && parameterNotFoundAction === "Deny") {
    throw new Error("no params found for policy binding with `Deny` parameterNotFoundAction");
  }
  return params;
}

/** Parameters are in the namespace of the request where the binding names none. */
function namespaceOf(
  { resource: { namespaced } }: ServedResource,
  { namespace = "" }: ParamRef,
  requestNamespace: string,
): string | undefined {
  if (!namespaced) {
    if (namespace === "") return undefined;
    throw new Error("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
  }
  if (namespace !== "") return namespace;
  if (requestNamespace !== "") return requestNamespace;
  throw new Error("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
}

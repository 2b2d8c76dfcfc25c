/** Keys of stored objects, those of kube-apiserver in etcd. */

import type { Resource } from "#api/resource.ts";
import { checkPathSegmentName } from "#api/validation/names.ts";
import { badRequest } from "#apimachinery/status-error.ts";
import type { ServedResource } from "./served-resource.ts";

/** With what all keys begin. */
export const STORAGE_ROOT = "/registry/";

/** Resources whose keys have another name (`SpecialDefaultResourcePrefixes` of kube-apiserver). */
const RENAMED: Readonly<Record<string, string>> = {
  replicationcontrollers: "controllers",
  endpoints: "services/endpoints",
  nodes: "minions",
  services: "services/specs",
  "ingresses.networking.k8s.io": "ingress",
};

/** Groups of servers that kube-apiserver embeds: they treat their objects as custom resources are treated. */
export const EMBEDDED_GROUPS: readonly string[] = ["apiextensions.k8s.io", "apiregistration.k8s.io"];

/** The start of all keys of a resource, with a slash at its end. */
export function storagePrefix({ group, name }: Resource, builtIn: boolean): string {
  if (!builtIn || EMBEDDED_GROUPS.includes(group)) return `${STORAGE_ROOT}${group}/${name}/`;
  const qualified = group === "" ? name : `${name}.${group}`;
  return `${STORAGE_ROOT}${RENAMED[qualified] ?? name}/`;
}

/** The start of the keys of a namespace's objects; of all objects without a namespace. */
export function collectionPrefix({ prefix, resource }: ServedResource, namespace?: string): string {
  return resource.namespaced && namespace !== undefined && namespace !== ""
    ? `${prefix}${namespace}/`
    : prefix;
}

/** The key of one object. Throws BadRequest for what cannot be part of a key (registry `NamespaceKeyFunc`). */
export function objectKey(served: ServedResource, namespace: string | undefined, name: string): string {
  if (name === "") throw badRequest("Name parameter required.");
  const problems = checkPathSegmentName(name, false);
  if (problems.length > 0) {
    throw badRequest(`Name parameter invalid: ${JSON.stringify(name)}: ${problems.join(";")}`);
  }
  if (!served.resource.namespaced) return served.prefix + name;
  if (namespace === undefined || namespace === "") throw badRequest("Namespace parameter required.");
  return `${served.prefix}${namespace}/${name}`;
}

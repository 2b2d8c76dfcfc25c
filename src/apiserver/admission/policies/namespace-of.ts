import type { Namespace } from "#api/generated/core-v1.ts";
import { notFound } from "#apimachinery/status-error.ts";
import type { AdmissionRequest, ClusterView } from "../admission-plugin.ts";

/** The namespace that expressions see; undefined for what is in none, as a namespace itself. Throws NotFound. */
export function namespaceOf(
  { namespace, resource }: AdmissionRequest,
  cluster: ClusterView,
): Namespace | undefined {
  const isNamespace = resource.group === "" && resource.resource === "namespaces";
  if (namespace === "" || isNamespace) return undefined;
  const found = cluster.get("Namespace", { name: namespace });
  if (found === undefined) throw notFound({ group: "", resource: "namespaces" }, namespace);
  return found;
}

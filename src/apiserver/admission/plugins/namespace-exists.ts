import { notFound } from "#apimachinery/status-error.ts";
import { defineAdmissionPlugin } from "../admission-plugin.ts";

/** Nothing happens in a namespace that is not there; NamespaceLifecycle says the same of what is not deleted. */
export const namespaceExistsPlugin = defineAdmissionPlugin({
  name: "NamespaceExists",
  operations: ["CREATE", "UPDATE", "DELETE"],
  resources: ["*"],
  validate: ({ namespace, resource }, { cluster }) => {
    const isNamespace = resource.group === "" && resource.resource === "namespaces";
    if (namespace === "" || isNamespace) return undefined;
    return cluster.get("Namespace", { name: namespace }) === undefined
      ? notFound({ group: "", resource: "namespaces" }, namespace)
      : undefined;
  },
});

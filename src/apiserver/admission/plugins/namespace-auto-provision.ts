import { isAlreadyExists, StatusError } from "#apimachinery/status-error.ts";
import { defineAdmissionPlugin } from "../admission-plugin.ts";
import { refuse } from "../refuse.ts";

/** Makes the namespaces in which something is created. */
export const namespaceAutoProvisionPlugin = defineAdmissionPlugin({
  name: "NamespaceAutoProvision",
  operations: ["CREATE"],
  resources: ["*"],
  mutate: (request, { cluster, createNamespace }) => {
    const { namespace: name, resource, dryRun } = request;
    const isNamespace = resource.group === "" && resource.resource === "namespaces";
    if (name === "" || isNamespace || dryRun) return undefined;
    if (cluster.get("Namespace", { name }) !== undefined) return undefined;
    return createNamespace(name).then(
      () => undefined,
      (error: unknown) => {
        if (isAlreadyExists(error)) return undefined;
        if (!(error instanceof StatusError)) throw error;
        return refuse(request, error.message);
      },
    );
  },
});

import type { Namespace } from "#api/generated/core-v1.ts";
import { forbidden, notFound, StatusError } from "#apimachinery/status-error.ts";
import {
  type AdmissionRequest,
  admissionTarget,
  type ClusterView,
  defineAdmissionPlugin,
} from "../admission-plugin.ts";
import { refuse } from "../refuse.ts";

/** Namespaces that the cluster cannot be without. */
const IMMORTAL: readonly string[] = ["default", "kube-system", "kube-public"];

/** Reviews, whose answers must not tell whether a namespace exists. */
const ACCESS_REVIEWS: readonly string[] = ["localsubjectaccessreviews.authorization.k8s.io"];

/** Nothing is created in a namespace that does not exist or is being deleted, and some namespaces stay for ever. */
export const namespaceLifecyclePlugin = defineAdmissionPlugin({
  name: "NamespaceLifecycle",
  operations: ["CREATE", "UPDATE", "DELETE"],
  resources: ["*"],
  // Refuses among the mutations, before other plugins look for related objects in a namespace that is not there.
  mutate: (request, { cluster }) =>
    request.operation === "DELETE" ? undefined : refuseWrite(request, cluster),
  validate: (request) => (request.operation === "DELETE" ? refuseDeletion(request) : undefined),
});

function refuseDeletion(request: AdmissionRequest): StatusError | undefined {
  const { resource, name } = request;
  return admissionTarget(request) === "namespaces" && IMMORTAL.includes(name)
    ? forbidden(resource, name, "this namespace may not be deleted")
    : undefined;
}

function refuseWrite(request: AdmissionRequest, cluster: ClusterView): StatusError | undefined {
  const { operation, resource, namespace } = request;
  const isNamespace = resource.group === "" && resource.resource === "namespaces";
  if (namespace === "" || isNamespace || ACCESS_REVIEWS.includes(admissionTarget(request))) return undefined;
  const found = cluster.get("Namespace", { name: namespace });
  if (found === undefined) return notFound({ group: "", resource: "namespaces" }, namespace);
  // What is there already may still change.
  return operation === "CREATE" && isTerminating(found) ? terminating(request) : undefined;
}

function isTerminating({ status }: Namespace): boolean {
  return status?.phase === "Terminating";
}

function terminating(request: AdmissionRequest): StatusError {
  const { namespace } = request;
  const { status } = refuse(
    request,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  const cause = {
    reason: "NamespaceTerminating",
    message: `namespace ${namespace} is being terminated`,
    field: "metadata.namespace",
  };
  return new StatusError({ ...status, details: { ...status.details, causes: [cause] } });
}

import { quotaEvaluatorOf } from "#api/core/v1/quota/quota-evaluators.ts";
import type { PersistentVolumeClaim } from "#api/generated/core-v1.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import {
  type AdmissionEnvironment,
  type AdmissionRequest,
  admissionTarget,
  defineAdmissionPlugin,
} from "../admission-plugin.ts";
import { refuse } from "../refuse.ts";

/** Takes what an object needs of the quotas of its namespace, and refuses it where they have no more. */
export const resourceQuotaPlugin = defineAdmissionPlugin({
  name: "ResourceQuota",
  operations: ["CREATE", "UPDATE"],
  resources: ["*"],
  validate: (request, environment) => (isBounded(request) ? takeQuota(request, environment) : undefined),
});

/** Whether a request can need more than what is there already. */
function isBounded(request: AdmissionRequest): boolean {
  const { operation, namespace, subresource } = request;
  const target = admissionTarget(request);
  if (namespace === "" || target === "namespaces") return false;
  if (operation === "CREATE") return subresource === "";
  switch (target) {
    case "services":
    case "persistentvolumeclaims":
    case "pods/resize":
      return true;
    case "persistentvolumeclaims/status":
      return needsMoreStorage(request);
    default:
      return false;
  }
}

function needsMoreStorage({ object, oldObject }: AdmissionRequest): boolean {
  const [next, previous] = [object, oldObject].map((each) => (each as PersistentVolumeClaim).status);
  return (
    next?.allocatedResources?.["storage"] !== previous?.allocatedResources?.["storage"] ||
    next?.currentVolumeAttributesClassName !== previous?.currentVolumeAttributesClassName ||
    next?.modifyVolumeStatus?.targetVolumeAttributesClassName !==
      previous?.modifyVolumeStatus?.targetVolumeAttributesClassName
  );
}

function takeQuota(
  request: AdmissionRequest,
  { quotas }: AdmissionEnvironment,
): Promise<StatusError | undefined> | undefined {
  const { object, oldObject, namespace, dryRun, subresource, resource } = request;
  const evaluator = quotaEvaluatorOf(request.resource);
  if (object === undefined || evaluator === undefined) return undefined;
  const isReport = subresource === "status";
  return quotas
    .reserve({ object, ...(oldObject && { oldObject }), resource, namespace, dryRun, isReport, evaluator })
    ?.then((outcome) => {
      if (typeof outcome === "string") return refuse(request, outcome);
      if (outcome instanceof StatusError) return outcome;
      request.onFailure(outcome.release);
      return undefined;
    });
}

import type { LimitRange, PersistentVolumeClaim, Pod } from "#api/generated/core-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { aggregate, type StatusError } from "#apimachinery/status-error.ts";
import { type AdmissionRequest, admissionTarget, defineAdmissionPlugin } from "../../admission-plugin.ts";
import { refuse } from "../../refuse.ts";
import { setDefaultResources } from "./default-resources.ts";
import { claimProblems, podProblems } from "./limit-problems.ts";

/** Gives resources to containers that state none, and holds pods and claims to the limits of their namespace. */
export const limitRangerPlugin = defineAdmissionPlugin({
  name: "LimitRanger",
  operations: ["CREATE", "UPDATE"],
  resources: ["pods", "pods/resize", "persistentvolumeclaims"],
  mutate: (request, { cluster }) => {
    if (!isLimited(request) || admissionTarget(request) === "persistentvolumeclaims") return undefined;
    const limitRanges = cluster.list("LimitRange", request.namespace);
    return limitRanges.reduce(
      (pod, limitRange) => setDefaultResources(pod, limitRange),
      request.object as Pod,
    );
  },
  validate: (request, { cluster }) => {
    if (!isLimited(request)) return undefined;
    return refuseExcess(request, cluster.list("LimitRange", request.namespace));
  },
});

/** The containers of a pod that is there change by its subresource alone. What is being deleted may go as it is. */
function isLimited(request: AdmissionRequest): boolean {
  if (request.operation === "CREATE") return request.subresource === "";
  const isDeleted = (request.oldObject?.metadata.deletionTimestamp ?? null) !== null;
  return !isDeleted && admissionTarget(request) !== "pods";
}

function refuseExcess(
  request: AdmissionRequest,
  limitRanges: readonly LimitRange[],
): StatusError | undefined {
  for (const limitRange of limitRanges) {
    const problems = problemsOf(request.object as KubeObject, limitRange);
    if (problems.length > 0) return refuse(request, aggregate(problems));
  }
  return undefined;
}

function problemsOf(object: KubeObject, limitRange: LimitRange): readonly string[] {
  return object.kind === "Pod"
    ? podProblems(object as Pod, limitRange)
    : claimProblems(object as PersistentVolumeClaim, limitRange);
}

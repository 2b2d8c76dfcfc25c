import { amountsOf } from "#api/core/v1/pod-resources.ts";
import { areSameAmounts } from "#api/core/v1/quota/amounts.ts";
import type { Pod } from "#api/generated/core-v1.ts";
import type { RuntimeClass } from "#api/generated/node-v1.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { type AdmissionRequest, type ClusterView, defineAdmissionPlugin } from "../../admission-plugin.ts";
import { refuse } from "../../refuse.ts";
import { mergeTolerations } from "../../tolerations/merge-tolerations.ts";

/** Writes into a pod what its runtime costs, and where it is to be found. */
export const runtimeClassPlugin = defineAdmissionPlugin({
  name: "RuntimeClass",
  operations: ["CREATE"],
  resources: ["pods"],
  mutate: (request, { cluster }) => {
    const runtimeClass = findClass(request, cluster);
    if (runtimeClass === undefined || runtimeClass instanceof StatusError) return runtimeClass;
    const pod = setOverhead(request, runtimeClass);
    return pod instanceof StatusError ? pod : setScheduling(request, pod, runtimeClass);
  },
  validate: (request, { cluster }) => {
    const runtimeClass = findClass(request, cluster);
    return runtimeClass instanceof StatusError ? runtimeClass : refuseOverhead(request, runtimeClass);
  },
});

function findClass(request: AdmissionRequest, cluster: ClusterView): RuntimeClass | StatusError | undefined {
  const { runtimeClassName: name } = (request.object as Pod).spec;
  if (name === undefined) return undefined;
  return (
    cluster.get("RuntimeClass", { name }) ?? refuse(request, `pod rejected: RuntimeClass "${name}" not found`)
  );
}

function setOverhead(request: AdmissionRequest, { overhead }: RuntimeClass): Pod | StatusError {
  const pod = request.object as Pod;
  if (overhead === undefined) return pod;
  if (pod.spec.overhead !== undefined && !isOverhead(pod, overhead.podFixed)) return wrongOverhead(request);
  const { podFixed } = overhead;
  return podFixed === undefined ? pod : { ...pod, spec: { ...pod.spec, overhead: podFixed } };
}

function refuseOverhead(
  request: AdmissionRequest,
  runtimeClass: RuntimeClass | undefined,
): StatusError | undefined {
  const pod = request.object as Pod;
  if (runtimeClass?.overhead !== undefined) {
    return isOverhead(pod, runtimeClass.overhead.podFixed) ? undefined : wrongOverhead(request);
  }
  return pod.spec.overhead === undefined
    ? undefined
    : refuse(request, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
}

function isOverhead({ spec }: Pod, podFixed: Pod["spec"]["overhead"]): boolean {
  return areSameAmounts(amountsOf(spec.overhead), amountsOf(podFixed));
}

function wrongOverhead(request: AdmissionRequest): StatusError {
  return refuse(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
}

function setScheduling(request: AdmissionRequest, pod: Pod, { scheduling }: RuntimeClass): Pod | StatusError {
  if (scheduling === undefined) return pod;
  const { nodeSelector = {}, tolerations = [] } = scheduling;
  const own = pod.spec.nodeSelector ?? {};
  for (const [key, value] of Object.entries(nodeSelector)) {
    const other = own[key];
    if (other !== undefined && other !== value) {
      const why = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${other}`;
      return refuse(request, why);
    }
  }
  const selector = { ...own, ...nodeSelector };
  const merged = mergeTolerations(pod.spec.tolerations ?? [], tolerations);
  return {
    ...pod,
    spec: {
      ...pod.spec,
      ...(Object.keys(selector).length > 0 && { nodeSelector: selector }),
      ...(merged.length > 0 && { tolerations: merged }),
    },
  };
}

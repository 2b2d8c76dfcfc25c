import type { Pod } from "#api/generated/core-v1.ts";
import type { PriorityClass } from "#api/generated/scheduling-v1.ts";
import type { StatusError } from "#apimachinery/status-error.ts";
import {
  type AdmissionRequest,
  admissionTarget,
  type ClusterView,
  defineAdmissionPlugin,
} from "../admission-plugin.ts";
import { refuse } from "../refuse.ts";

type PreemptionPolicy = NonNullable<PriorityClass["preemptionPolicy"]>;

/** What a priority class gives to a pod. */
interface Priority {
  readonly className: string;
  readonly value: number;
  readonly preemptionPolicy: PreemptionPolicy;
}

const NO_CLASS: Priority = { className: "", value: 0, preemptionPolicy: "PreemptLowerPriority" };

/** Writes the priority of a pod's class into the pod, and sees to it that one class at most is the default. */
export const priorityPlugin = defineAdmissionPlugin({
  name: "Priority",
  operations: ["CREATE", "UPDATE"],
  resources: ["pods", "priorityclasses.scheduling.k8s.io"],
  mutate: (request, { cluster }) => {
    if (admissionTarget(request) !== "pods") return undefined;
    return request.operation === "CREATE" ? setPriority(request, cluster) : keepPriority(request);
  },
  validate: (request, { cluster }) =>
    admissionTarget(request) === "pods" ? undefined : refuseSecondDefault(request, cluster),
});

function setPriority(request: AdmissionRequest, cluster: ClusterView): Pod | StatusError {
  const pod = request.object as Pod;
  const { priority, preemptionPolicy, priorityClassName = "" } = pod.spec;
  const wanted =
    priorityClassName === "" ? defaultPriority(cluster) : classPriority(priorityClassName, cluster);
  if (wanted === undefined) {
    return refuse(request, `no PriorityClass with name ${priorityClassName} was found`);
  }
  if (priority !== undefined && priority !== wanted.value) {
    return refuse(
      request,
      `the integer value of priority (${String(priority)}) must not be provided in pod spec; priority admission controller computed ${String(wanted.value)} from the given PriorityClass name`,
    );
  }
  if (preemptionPolicy !== undefined && preemptionPolicy !== wanted.preemptionPolicy) {
    return refuse(
      request,
      `the string value of PreemptionPolicy (${preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${wanted.preemptionPolicy} from the given PriorityClass name`,
    );
  }
  return {
    ...pod,
    spec: {
      ...pod.spec,
      ...(wanted.className !== "" && { priorityClassName: wanted.className }),
      priority: wanted.value,
      preemptionPolicy: wanted.preemptionPolicy,
    },
  };
}

/** An update that leaves out what was set here does not take it away. */
function keepPriority({ object, oldObject }: AdmissionRequest): Pod {
  const pod = object as Pod;
  const { priority, preemptionPolicy } = (oldObject as Pod).spec;
  return {
    ...pod,
    spec: {
      ...(priority !== undefined && { priority }),
      ...(preemptionPolicy !== undefined && { preemptionPolicy }),
      ...pod.spec,
    },
  };
}

function refuseSecondDefault(request: AdmissionRequest, cluster: ClusterView): StatusError | undefined {
  const priorityClass = request.object as PriorityClass;
  if (priorityClass.globalDefault !== true) return undefined;
  const present = defaultClass(cluster);
  const isOther =
    present !== undefined &&
    (request.operation === "CREATE" || present.metadata.name !== priorityClass.metadata.name);
  return isOther
    ? refuse(
        request,
        `PriorityClass ${present.metadata.name} is already marked as default. Only one default can exist`,
      )
    : undefined;
}

function classPriority(name: string, cluster: ClusterView): Priority | undefined {
  const found = cluster.get("PriorityClass", { name });
  return found && toPriority(found);
}

function defaultPriority(cluster: ClusterView): Priority {
  const found = defaultClass(cluster);
  return found === undefined ? NO_CLASS : toPriority(found);
}

/** Of several default classes, which only a race can bring about, the one with the lowest value counts. */
function defaultClass(cluster: ClusterView): PriorityClass | undefined {
  return cluster
    .list("PriorityClass")
    .filter(({ globalDefault }) => globalDefault === true)
    .toSorted((a, b) => a.value - b.value)[0];
}

function toPriority({ metadata, value, preemptionPolicy }: PriorityClass): Priority {
  return {
    className: metadata.name,
    value,
    preemptionPolicy: preemptionPolicy ?? NO_CLASS.preemptionPolicy,
  };
}

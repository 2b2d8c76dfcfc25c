/** Builders of objects beyond core/v1 that are valid once defaulted; a test names only what it is about. */
import type {
  ControllerRevision,
  DaemonSet,
  DaemonSetSpec,
  DaemonSetStatus,
  Deployment,
  DeploymentSpec,
  DeploymentStatus,
  ReplicaSet,
  ReplicaSetSpec,
  ReplicaSetStatus,
  StatefulSet,
  StatefulSetSpec,
  StatefulSetStatus,
} from "#api/generated/apps-v1.ts";
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerStatus,
} from "#api/generated/autoscaling-v2.ts";
import type {
  CronJob,
  CronJobSpec,
  CronJobStatus,
  Job,
  JobSpec,
  JobStatus,
} from "#api/generated/batch-v1.ts";
import type { PodSpec, PodTemplateSpec } from "#api/generated/core-v1.ts";
import type { Endpoint, EndpointPort, EndpointSlice } from "#api/generated/discovery-v1.ts";
import type { Ingress, IngressBackend, IngressSpec } from "#api/generated/networking-v1.ts";
import { metadataOf, type ObjectOptions } from "./metadata.ts";

export interface WorkloadOptions<Spec, Status> extends ObjectOptions {
  /** Fields of the spec; selector and template fit each other by default. */
  readonly spec?: Partial<Spec>;
  readonly status?: Status;
}

/** What the builders of workloads select and label their pods with. */
export const WORKLOAD_LABELS: Readonly<Record<string, string>> = { app: "web" };

/** A template of one container; `spec` adds to it. */
export function aPodTemplate(
  spec: Partial<PodSpec> = {},
  labels: Readonly<Record<string, string>> = WORKLOAD_LABELS,
): PodTemplateSpec {
  return { metadata: { labels }, spec: { containers: [{ name: "web", image: "web:1" }], ...spec } };
}

export function aDeployment(
  name: string,
  { spec, status, ...meta }: WorkloadOptions<DeploymentSpec, DeploymentStatus> = {},
): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadataOf(name, meta),
    spec: { replicas: 1, ...podsOf(), ...spec },
    ...(status && { status }),
  };
}

export function aReplicaSet(
  name: string,
  { spec, status, ...meta }: WorkloadOptions<ReplicaSetSpec, ReplicaSetStatus> = {},
): ReplicaSet {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: metadataOf(name, meta),
    spec: { replicas: 1, ...podsOf(), ...spec },
    ...(status && { status }),
  };
}

export function aStatefulSet(
  name: string,
  { spec, status, ...meta }: WorkloadOptions<StatefulSetSpec, StatefulSetStatus> = {},
): StatefulSet {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: metadataOf(name, meta),
    spec: { replicas: 1, serviceName: name, ...podsOf(), ...spec },
    ...(status && { status }),
  };
}

export function aDaemonSet(
  name: string,
  { spec, status, ...meta }: WorkloadOptions<DaemonSetSpec, DaemonSetStatus> = {},
): DaemonSet {
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: metadataOf(name, meta),
    spec: { ...podsOf(), ...spec },
    ...(status && { status }),
  };
}

export function aControllerRevision(
  name: string,
  { revision = 1, data = { spec: {} }, ...meta }: ObjectOptions & { revision?: number; data?: unknown } = {},
): ControllerRevision {
  return {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: metadataOf(name, meta),
    revision,
    data,
  };
}

/** A job of one pod that is not restarted; its selector is generated when it is created. */
export function aJob(name: string, { spec, status, ...meta }: WorkloadOptions<JobSpec, JobStatus> = {}): Job {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: metadataOf(name, meta),
    spec: { template: aPodTemplate({ restartPolicy: "Never" }), ...spec },
    ...(status && { status }),
  };
}

export function aCronJob(
  name: string,
  { spec, status, ...meta }: WorkloadOptions<CronJobSpec, CronJobStatus> = {},
): CronJob {
  const jobTemplate = { spec: { template: aPodTemplate({ restartPolicy: "Never" }) } };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: metadataOf(name, meta),
    spec: { schedule: "*/5 * * * *", jobTemplate, ...spec },
    ...(status && { status }),
  };
}

/** Scales the Deployment `web` between one and three pods. */
export function aHorizontalPodAutoscaler(
  name: string,
  { spec, status, ...meta }: WorkloadOptions<HorizontalPodAutoscalerSpec, HorizontalPodAutoscalerStatus> = {},
): HorizontalPodAutoscaler {
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: metadataOf(name, meta),
    spec: { scaleTargetRef, maxReplicas: 3, ...spec },
    ...(status && { status }),
  };
}

export function anIngress(
  name: string,
  options: ObjectOptions & { readonly spec?: IngressSpec } = {},
): Ingress {
  const { spec = { defaultBackend: aServiceBackend("web", 80) }, ...meta } = options;
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: metadataOf(name, meta),
    spec,
  };
}

export function aServiceBackend(name: string, port: number | string): IngressBackend {
  return { service: { name, port: typeof port === "number" ? { number: port } : { name: port } } };
}

export interface EndpointSliceOptions extends ObjectOptions {
  /** The Service that the slice belongs to; default: none. */
  readonly service?: string;
  readonly addressType?: EndpointSlice["addressType"];
  readonly ports?: readonly EndpointPort[];
}

/** A slice whose endpoints are given, or ready ones with the given addresses. */
export function anEndpointSlice(
  name: string,
  endpoints: readonly (Endpoint | string)[],
  options: EndpointSliceOptions = {},
): EndpointSlice {
  const {
    service,
    addressType = "IPv4",
    ports = [{ name: "", port: 80, protocol: "TCP" }],
    ...meta
  } = options;
  const labels = { ...meta.labels, ...(service && { "kubernetes.io/service-name": service }) };
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: metadataOf(name, { ...meta, labels }),
    addressType,
    ports,
    endpoints: endpoints.map((each) => (typeof each === "string" ? aReadyEndpoint(each) : each)),
  };
}

function aReadyEndpoint(address: string): Endpoint {
  return { addresses: [address], conditions: { ready: true, serving: true, terminating: false } };
}

function podsOf(): Pick<DeploymentSpec, "selector" | "template"> {
  return { selector: { matchLabels: WORKLOAD_LABELS }, template: aPodTemplate() };
}

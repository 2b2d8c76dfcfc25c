/** Builders of valid core/v1 objects; a test names only what it is about. */
import { setPodDefaults } from "#api/core/v1/pod.defaults.ts";
import { podQosClass } from "#api/core/v1/pod-resources.ts";
import { setServiceDefaults } from "#api/core/v1/service.defaults.ts";
import type {
  Binding,
  ComponentCondition,
  ComponentStatus,
  ConfigMap,
  EndpointSubset,
  Endpoints,
  Event,
  LimitRange,
  LimitRangeItem,
  Namespace,
  Node,
  NodeSpec,
  NodeStatus,
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimStatus,
  PersistentVolumeSpec,
  PersistentVolumeStatus,
  Pod,
  PodSpec,
  PodStatus,
  PodTemplate,
  PodTemplateSpec,
  ReplicationController,
  ReplicationControllerSpec,
  ReplicationControllerStatus,
  ResourceQuota,
  ResourceQuotaSpec,
  ResourceQuotaStatus,
  Secret,
  Service,
  ServiceAccount,
  ServicePort,
  ServiceSpec,
  ServiceStatus,
} from "#api/generated/core-v1.ts";
import { type ClusterObjectOptions, clusterMetadataOf, metadataOf, type ObjectOptions } from "./metadata.ts";

import { aPodTemplate, WORKLOAD_LABELS } from "./workloads.ts";

const FAMILY = { ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" } as const;

export function aBinding(pod: string, node: string, options: ObjectOptions = {}): Binding {
  return {
    apiVersion: "v1",
    kind: "Binding",
    metadata: metadataOf(pod, options),
    target: { kind: "Node", name: node },
  };
}

export function aComponentStatus(
  name: string,
  options: ClusterObjectOptions & { readonly conditions?: readonly ComponentCondition[] } = {},
): ComponentStatus {
  const { conditions = [{ type: "Healthy", status: "True", message: "ok" }], ...meta } = options;
  return {
    apiVersion: "v1",
    kind: "ComponentStatus",
    metadata: clusterMetadataOf(name, meta),
    conditions,
  };
}

export function aConfigMap(
  name: string,
  options: ObjectOptions & Pick<ConfigMap, "data" | "binaryData" | "immutable"> = {},
): ConfigMap {
  const { data, binaryData, immutable, ...meta } = options;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: metadataOf(name, meta),
    ...(data && { data }),
    ...(binaryData && { binaryData }),
    ...(immutable !== undefined && { immutable }),
  };
}

export function anEndpoints(
  name: string,
  options: ObjectOptions & { readonly subsets?: readonly EndpointSubset[] } = {},
): Endpoints {
  const { subsets = [], ...meta } = options;
  return { apiVersion: "v1", kind: "Endpoints", metadata: metadataOf(name, meta), subsets };
}

/** An event of a pod of the same name; `fields` says what it has besides, or instead. */
export function anEvent(
  name: string,
  options: ObjectOptions & { readonly fields?: Partial<Omit<Event, "metadata">> } = {},
): Event {
  const { fields, ...meta } = options;
  const metadata = metadataOf(name, meta);
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata,
    involvedObject: { kind: "Pod", name, ...(metadata.namespace && { namespace: metadata.namespace }) },
    type: "Normal",
    reason: "Started",
    message: "Started container app",
    reportingComponent: "",
    reportingInstance: "",
    source: { component: "kubelet", host: "node-1" },
    ...fields,
  };
}

export function aLimitRange(
  name: string,
  options: ObjectOptions & { readonly limits?: readonly LimitRangeItem[] } = {},
): LimitRange {
  const { limits = [{ type: "Container", max: { cpu: "1" } }], ...meta } = options;
  return { apiVersion: "v1", kind: "LimitRange", metadata: metadataOf(name, meta), spec: { limits } };
}

/** An active namespace. */
export function aNamespace(
  name: string,
  options: ClusterObjectOptions & { readonly finalizers?: readonly string[] } = {},
): Namespace {
  const { finalizers = ["kubernetes"], labels, ...meta } = options;
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: clusterMetadataOf(name, {
      ...meta,
      labels: { ...labels, "kubernetes.io/metadata.name": name },
    }),
    spec: { finalizers },
    status: { phase: "Active" },
  };
}

export interface NodeOptions extends ClusterObjectOptions {
  readonly spec?: NodeSpec;
  /** What the status should have besides, or instead of, some capacity and the condition Ready. */
  readonly status?: NodeStatus;
}

/** A node that is ready and has room for some pods. */
export function aNode(name: string, options: NodeOptions = {}): Node {
  const { spec = {}, status, labels, ...meta } = options;
  const capacity = { cpu: "4", memory: "8Gi", pods: "110" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: clusterMetadataOf(name, { ...meta, labels: { "kubernetes.io/hostname": name, ...labels } }),
    spec,
    status: {
      addresses: [
        { type: "InternalIP", address: "10.0.0.1" },
        { type: "Hostname", address: name },
      ],
      capacity,
      allocatable: capacity,
      conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }],
      ...status,
    },
  };
}

/** A volume of 1Gi on a host; `spec` says what it has besides, or instead. */
export function aPersistentVolume(
  name: string,
  options: ClusterObjectOptions & {
    readonly spec?: Partial<PersistentVolumeSpec>;
    readonly status?: PersistentVolumeStatus;
  } = {},
): PersistentVolume {
  const { spec, status = { phase: "Available" }, ...meta } = options;
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: clusterMetadataOf(name, meta),
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      volumeMode: "Filesystem",
      hostPath: { path: "/data", type: "" },
      ...spec,
    },
    status,
  };
}

/** A claim for 1Gi; `spec` says what it asks for besides, or instead. */
export function aPersistentVolumeClaim(
  name: string,
  options: ObjectOptions & {
    readonly spec?: Partial<PersistentVolumeClaimSpec>;
    readonly status?: PersistentVolumeClaimStatus;
  } = {},
): PersistentVolumeClaim {
  const { spec, status = { phase: "Pending" }, ...meta } = options;
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: metadataOf(name, meta),
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      volumeMode: "Filesystem",
      ...spec,
    },
    status,
  };
}

export interface PodOptions extends ObjectOptions {
  /** What the spec should have besides, or instead of, one container `app`. */
  readonly spec?: Partial<PodSpec>;
  /** What the status should have besides, or instead of, the phase Pending. */
  readonly status?: PodStatus;
}

/** A pod of one container, complete as the server would store it. */
export function aPod(name: string, options: PodOptions = {}): Pod {
  const { spec, status, ...meta } = options;
  const pod = setPodDefaults({
    apiVersion: "v1",
    kind: "Pod",
    metadata: metadataOf(name, meta),
    spec: { containers: [{ name: "app", image: "app:1" }], ...spec },
  });
  return { ...pod, status: { phase: "Pending", qosClass: podQosClass(pod.spec), ...status } };
}

/** The template of a pod of one container. */
export function aPodTemplateObject(
  name: string,
  options: ObjectOptions & { readonly template?: PodTemplateSpec } = {},
): PodTemplate {
  const { template = aPodTemplate(), ...meta } = options;
  return { apiVersion: "v1", kind: "PodTemplate", metadata: metadataOf(name, meta), template };
}

export function aReplicationController(
  name: string,
  options: ObjectOptions & {
    readonly spec?: Partial<ReplicationControllerSpec>;
    readonly status?: ReplicationControllerStatus;
  } = {},
): ReplicationController {
  const { spec, status = { replicas: 0 }, ...meta } = options;
  return {
    apiVersion: "v1",
    kind: "ReplicationController",
    metadata: metadataOf(name, meta),
    spec: { replicas: 1, selector: WORKLOAD_LABELS, template: aPodTemplate(), ...spec },
    status,
  };
}

export function aResourceQuota(
  name: string,
  options: ObjectOptions & {
    readonly spec?: ResourceQuotaSpec;
    readonly status?: ResourceQuotaStatus;
  } = {},
): ResourceQuota {
  const { spec = { hard: { pods: "10" } }, status = {}, ...meta } = options;
  return { apiVersion: "v1", kind: "ResourceQuota", metadata: metadataOf(name, meta), spec, status };
}

/** A secret whose data is given in base64. */
export function aSecret(
  name: string,
  options: ObjectOptions & Pick<Secret, "data" | "type" | "immutable"> = {},
): Secret {
  const { data, type = "Opaque", immutable, ...meta } = options;
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: metadataOf(name, meta),
    type,
    ...(data && { data }),
    ...(immutable !== undefined && { immutable }),
  };
}

export interface ServiceOptions extends ObjectOptions {
  /** Default: one port, 80. */
  readonly ports?: readonly ServicePort[];
  readonly selector?: Readonly<Record<string, string>>;
  /** What else the spec should have or have otherwise. */
  readonly spec?: Partial<ServiceSpec>;
  readonly status?: ServiceStatus;
}

/** A Service of type ClusterIP with an address, complete as the server would store it. */
export function aService(name: string, options: ServiceOptions = {}): Service {
  const { ports = [{ port: 80 }], selector = { app: name }, spec, status = {}, ...meta } = options;
  const service: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadataOf(name, meta),
    spec: { clusterIP: "10.96.0.10", clusterIPs: ["10.96.0.10"], ...FAMILY, ports, selector, ...spec },
    status: { loadBalancer: {}, ...status },
  };
  return setServiceDefaults(service);
}

export function aServiceAccount(
  name: string,
  options: ObjectOptions & Pick<ServiceAccount, "secrets" | "automountServiceAccountToken"> = {},
): ServiceAccount {
  const { secrets, automountServiceAccountToken, ...meta } = options;
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: metadataOf(name, meta),
    ...(secrets && { secrets }),
    ...(automountServiceAccountToken !== undefined && { automountServiceAccountToken }),
  };
}

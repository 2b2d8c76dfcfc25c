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
  Namespace,
  Pod,
  PodSpec,
  PodStatus,
  Secret,
  Service,
  ServiceAccount,
  ServicePort,
  ServiceSpec,
  ServiceStatus,
} from "#api/generated/core-v1.ts";
import { type ClusterObjectOptions, clusterMetadataOf, metadataOf, type ObjectOptions } from "./metadata.ts";

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

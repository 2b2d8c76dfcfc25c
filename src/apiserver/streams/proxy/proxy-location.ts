/** Where a proxied request leads (kubernetes `pkg/registry/core/{node,pod,service}`, `ResourceLocation`). */
import type {
  EndpointAddress,
  EndpointSubset,
  Endpoints,
  Node,
  Pod,
  Service,
} from "#api/generated/core-v1.ts";
import type { RequestTarget } from "#apimachinery/request.ts";
import { badRequest, notFound } from "#apimachinery/status-error.ts";
import { findServicePort, noEndpoints } from "../../backends/service-endpoints.ts";
import { kubeletAddress } from "../kubelet-address.ts";
import { requireProxyable } from "./proxyable-address.ts";

export type ProxyLocation =
  | { readonly to: "kubelet"; readonly node: Node }
  | {
      readonly to: "address";
      readonly scheme: ProxyScheme;
      readonly host: string;
      /** As the request or the object has it; need not be a number. */
      readonly port: string;
    };

export type ProxyScheme = "http" | "https";

/** Finds objects in their newest state; see `ClusterObjects`. */
export interface ProxiedObjects {
  get(kind: "Node", name: { readonly name: string }): Node | undefined;
  get(kind: "Pod", name: NamespacedName): Pod | undefined;
  get(kind: "Service", name: NamespacedName): Service | undefined;
  get(kind: "Endpoints", name: NamespacedName): Endpoints | undefined;
}

interface NamespacedName {
  readonly namespace: string;
  readonly name: string;
}

/** `[scheme:]name[:port]`, taken apart. Empty parts are absent ones. */
interface ProxyName {
  readonly id: string;
  readonly scheme: ProxyScheme;
  readonly name: string;
  readonly port: string;
}

const DEFAULT_PORTS: Readonly<Record<ProxyScheme, string>> = { http: "80", https: "443" };

/** `random` gives a number from 0 up to 1. Throws a StatusError for what cannot be reached. */
export function proxyLocation(
  { resource, namespace = "", name = "" }: RequestTarget,
  objects: ProxiedObjects,
  random: () => number,
): ProxyLocation {
  switch (resource) {
    case "nodes":
      return nodeLocation(splitName("node", name), objects);
    case "pods":
      return podLocation(splitName("pod", name), namespace, objects);
    default:
      return serviceLocation(splitName("service", name), namespace, objects, random);
  }
}

/** Apimachinery `pkg/util/net/port_split.go`. */
function splitName(kind: string, id: string): ProxyName {
  const parts = id.split(":");
  const [scheme = "", name = "", port = ""] = parts.length < 3 ? ["", ...parts] : parts;
  const isValid = parts.length <= 3 && name !== "" && ["", "http", "https"].includes(scheme);
  if (!isValid) throw badRequest(`invalid ${kind} request ${JSON.stringify(id)}`);
  return { id, scheme: scheme === "https" ? "https" : "http", name, port };
}

function nodeLocation({ scheme, name, port }: ProxyName, objects: ProxiedObjects): ProxyLocation {
  const node = objects.get("Node", { name });
  if (node === undefined) throw notFound({ group: "", resource: "nodes" }, name);
  const kubelet = kubeletAddress(node);
  requireProxyable(kubelet?.host);
  if (kubelet === undefined || port === "" || port === String(kubelet.port)) return { to: "kubelet", node };
  return { to: "address", scheme, host: kubelet.host, port };
}

function podLocation(
  { scheme, name, port }: ProxyName,
  namespace: string,
  objects: ProxiedObjects,
): ProxyLocation {
  const pod = objects.get("Pod", { namespace, name });
  if (pod === undefined) throw notFound({ group: "", resource: "pods" }, name);
  const host = pod.status?.podIPs?.[0]?.ip ?? "";
  requireProxyable(host);
  const [declared] = pod.spec.containers.flatMap(({ ports = [] }) => ports);
  const chosen = port === "" ? String(declared?.containerPort ?? DEFAULT_PORTS[scheme]) : port;
  return { to: "address", scheme, host, port: chosen };
}

function serviceLocation(
  { id, scheme, name, port }: ProxyName,
  namespace: string,
  objects: ProxiedObjects,
  random: () => number,
): ProxyLocation {
  const portName = /^[+-]?\d+$/.test(port) ? portNameOf({ namespace, name }, Number(port), objects) : port;
  const endpoints = objects.get("Endpoints", { namespace, name });
  if (endpoints === undefined) throw notFound({ group: "", resource: "endpoints" }, name);
  if ((endpoints.subsets ?? []).length === 0) throw noEndpoints(name);
  const candidates = (endpoints.subsets ?? [])
    .flatMap((subset) => addressesOf(subset, portName))
    .filter(({ address }) => isOfPod(address, namespace, objects));
  const chosen = candidates[Math.floor(random() * candidates.length)];
  if (chosen === undefined) throw noEndpoints(id);
  return { to: "address", scheme, host: chosen.address.ip, port: String(chosen.port) };
}

function portNameOf(service: NamespacedName, port: number, objects: ProxiedObjects): string {
  const found = objects.get("Service", service);
  if (found === undefined) throw notFound({ group: "", resource: "services" }, service.name);
  return findServicePort(found, port).name ?? "";
}

function addressesOf({ addresses = [], ports = [] }: EndpointSubset, portName: string) {
  const port = ports.find(({ name = "" }) => name === portName)?.port;
  return port === undefined ? [] : addresses.map((address) => ({ address, port }));
}

/** Endpoints can be written by users: only addresses that pods really have are safe to connect to. */
function isOfPod({ ip, targetRef }: EndpointAddress, namespace: string, objects: ProxiedObjects): boolean {
  if (targetRef?.name === undefined || targetRef.namespace !== namespace) return false;
  const pod = objects.get("Pod", { namespace, name: targetRef.name });
  return pod?.status?.podIPs?.some((each) => each.ip === ip) ?? false;
}

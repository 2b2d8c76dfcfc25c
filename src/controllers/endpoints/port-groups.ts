import { isPodReady } from "#api/core/v1/pod-status.ts";
import type { Node, Pod, Service } from "#api/generated/core-v1.ts";
import type { Endpoint, EndpointHints, EndpointPort } from "#api/generated/discovery-v1.ts";
import { addressesOf, hasAddress, hostnameOf, targetPortOf } from "./service-pods.ts";
import { endpointKey, portsKey } from "./slices.ts";

export type AddressType = "IPv4" | "IPv6";

/** What the endpoints of a Service are made of. */
export interface SelectedPods {
  readonly service: Service;
  /** The pods that it selects. */
  readonly pods: readonly Pod[];
  /** The nodes of the pods by name, as far as they are known. */
  readonly nodes: ReadonlyMap<string, Node>;
}

export interface PortGroup {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** Pods can have different numbers behind one port name; each combination needs slices of its own. */
export function groupByPorts(view: SelectedPods, type: AddressType): ReadonlyMap<string, PortGroup> {
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Endpoint[] }>();
  for (const pod of view.pods.filter(hasAddress)) {
    const ports = portsOf(pod, view.service);
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    groups.set(key, group);
    const addresses = addressesOf(pod, type);
    if (addresses.length > 0 && isPlaced(pod, view)) group.endpoints.push(endpointOf(pod, addresses, view));
  }
  for (const { endpoints } of groups.values()) endpoints.sort(byKey);
  return new Map([...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whoever asks for every address gets also those on nodes that nobody knows. */
export function isPlaced({ spec }: Pod, { service, nodes }: SelectedPods): boolean {
  return nodes.has(spec.nodeName ?? "") || service.spec?.publishNotReadyAddresses === true;
}

function endpointOf(pod: Pod, addresses: readonly string[], { service, nodes }: SelectedPods): Endpoint {
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const { name, namespace, uid } = pod.metadata;
  const { nodeName } = pod.spec;
  const zone = nodes.get(nodeName ?? "")?.metadata.labels?.["topology.kubernetes.io/zone"];
  const hostname = hostnameOf(pod, service);
  const place = {
    ...(nodeName !== undefined && { nodeName }),
    ...(zone !== undefined && zone !== "" && { zone }),
  };
  const hints = ready ? hintsOf(service, place) : undefined;
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname !== undefined && { hostname }),
    targetRef: { kind: "Pod", ...(namespace !== undefined && { namespace }), name, uid },
    ...place,
    ...(hints && { hints }),
  };
}

/** Who should use an endpoint when traffic is to stay near (KEP-3015, upstream `trafficdist`). */
function hintsOf(
  { metadata, spec }: Service,
  { zone, nodeName }: Pick<Endpoint, "zone" | "nodeName">,
): EndpointHints | undefined {
  const distribution = spec?.trafficDistribution ?? "";
  if (
    !["PreferClose", "PreferSameZone", "PreferSameNode"].includes(distribution) ||
    hasTopologyMode(metadata)
  )
    return undefined;
  const forNodes = distribution === "PreferSameNode" && nodeName !== undefined ? [{ name: nodeName }] : [];
  const forZones = zone === undefined ? [] : [{ name: zone }];
  if (forNodes.length + forZones.length === 0) return undefined;
  return { ...(forNodes.length > 0 && { forNodes }), ...(forZones.length > 0 && { forZones }) };
}

/** The older way to ask for hints goes before the newer one. */
function hasTopologyMode({ annotations = {} }: Service["metadata"]): boolean {
  const mode =
    annotations["service.kubernetes.io/topology-aware-hints"] ??
    annotations["service.kubernetes.io/topology-mode"];
  return mode === "Auto" || mode === "auto";
}

function portsOf(pod: Pod, { spec }: Service): readonly EndpointPort[] {
  return (spec?.ports ?? []).flatMap((servicePort) => {
    const port = targetPortOf(pod, servicePort);
    const { name = "", protocol = "TCP", appProtocol } = servicePort;
    return port === undefined
      ? []
      : [{ name, port, protocol, ...(appProtocol !== undefined && { appProtocol }) }];
  });
}

function byKey(a: Endpoint, b: Endpoint): number {
  const [keyA, keyB] = [endpointKey(a), endpointKey(b)];
  return keyA < keyB ? -1 : Number(keyA > keyB);
}

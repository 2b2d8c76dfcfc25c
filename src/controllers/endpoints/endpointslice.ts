import { isPodReady } from "#api/core/v1/pod-status.ts";
import type { Node, Pod, Service } from "#api/generated/core-v1.ts";
import type { Endpoint, EndpointHints, EndpointPort, EndpointSlice } from "#api/generated/discovery-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import { omit } from "#base/omit.ts";
import type { Plan, WriteReport } from "#reconcile/action.ts";
import { defineController } from "#reconcile/controller.ts";
import { pack } from "./packing.ts";
import {
  addressesOf,
  HEADLESS_LABEL,
  hasAddress,
  hasEndpointChanged,
  hasSelectedEndpoints,
  hostnameOf,
  isHeadless,
  servicesOf,
  TRIGGER_TIME,
  targetPortOf,
  triggerTime,
} from "./service-pods.ts";
import {
  endpointKey,
  endpointsIn,
  isOwnedBy,
  MANAGER_LABEL,
  planSliceChanges,
  portsKey,
  SERVICE_LABEL,
  type SliceChanges,
  type SliceContent,
} from "./slices.ts";

const MANAGER = "endpointslice-controller.k8s.io";

/** As upstream: small enough to be sent to every node for every change. */
const MAX_ENDPOINTS_PER_SLICE = 100;

/** The Service is looked at again after this time while the node of one of its pods is not known. */
const MISSING_NODE_MS = 5000;

/** Labels that a Service cannot give to its slices. */
const RESERVED = new Set([SERVICE_LABEL, MANAGER_LABEL, HEADLESS_LABEL]);

type AddressType = "IPv4" | "IPv6";

/** Pods seldom come alone, and each of them would write a slice of a hundred. */
const REST_MS = 100;

export interface EndpointSliceView {
  readonly service: Service;
  /** The pods that it selects. */
  readonly pods: readonly Pod[];
  /** The nodes of the pods by name, as far as they are known. */
  readonly nodes: ReadonlyMap<string, Node>;
  /** The slices that this controller has made for a Service of this name. */
  readonly slices: readonly EndpointSlice[];
}

export const endpointSliceController = defineController<EndpointSliceView>({
  name: "endpointslice",
  restMs: REST_MS,
  component: "endpoint-slice-controller",
  primary: "Service",
  watches: [
    { kind: "Service", wakes: "itself" },
    { kind: "Pod", wakes: servicesOf, when: hasEndpointChanged },
    {
      kind: "EndpointSlice",
      wakes: (slice) => {
        const { namespace = "" } = slice.metadata;
        return isManaged(slice) ? [{ namespace, name: slice.metadata.labels?.[SERVICE_LABEL] ?? "" }] : [];
      },
    },
    // Only read: a zone is set when the node joins.
    { kind: "Node", wakes: () => [], when: () => false },
  ],
  indexes: [
    {
      kind: "EndpointSlice",
      name: "service",
      keys: (slice) =>
        isManaged(slice)
          ? [sliceIndexKey(slice.metadata.namespace, slice.metadata.labels?.[SERVICE_LABEL])]
          : [],
    },
  ],
  writes: ["EndpointSlice"],
  observe: ({ namespace, name }, caches) => {
    const service = caches.get("Service", namespace, name);
    if (service === undefined || !hasSelectedEndpoints(service)) return undefined;
    const pods = caches.select("Pod", namespace, { matchLabels: service.spec?.selector ?? {} });
    const names = new Set(pods.map(({ spec }) => spec.nodeName ?? ""));
    const nodes = [...names].flatMap((node) => caches.get("Node", "", node) ?? []);
    const slices = caches.byIndex("EndpointSlice", "service", sliceIndexKey(namespace, name));
    return { service, pods, nodes: new Map(nodes.map((node) => [node.metadata.name, node])), slices };
  },
  plan: planEndpointSlices,
});

/** Decides which slices the Service has: one set for every kind of address, in it one group for every set of ports. */
export function planEndpointSlices(view: EndpointSliceView): Plan {
  const { service } = view;
  // One that is being deleted must not keep the Service without another.
  const slices = view.slices
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .toSorted(byName);
  const types = addressTypesOf(service);
  const answered = slices
    .map(({ metadata }) => metadata.annotations?.[TRIGGER_TIME] ?? "")
    .toSorted()
    .at(-1);
  const time = triggerTime(service, view.pods, answered);
  const annotations = time === undefined ? {} : { [TRIGGER_TIME]: time };
  const changes = types.map((type) =>
    planAddressType(
      view,
      type,
      slices.filter(({ addressType }) => addressType === type),
      annotations,
    ),
  );
  const unsupported = slices.filter(({ addressType }) => !types.some((type) => type === addressType));
  const actions = planSliceChanges(
    service,
    merge([...changes, { create: [], update: [], remove: unsupported }]),
    reportOf(service),
  );
  const isNodeMissing = view.pods.some((pod) => isWanted(pod) && !isPlaced(pod, view));
  return { actions, ...(isNodeMissing && { requeueAfterMs: MISSING_NODE_MS }) };
}

function planAddressType(
  view: EndpointSliceView,
  addressType: AddressType,
  present: readonly EndpointSlice[],
  annotations: Readonly<Record<string, string>>,
): SliceChanges {
  const { service } = view;
  const owned = present.filter((slice) => isOwnedBy(slice, service));
  const groups = groupByPorts(view, addressType);
  const labels = labelsOf(service);
  const content = (ports: readonly EndpointPort[], endpoints: readonly Endpoint[]): SliceContent => {
    return { addressType, ports, endpoints, labels, annotations };
  };
  const changes = [...groups].map(([key, { ports, endpoints }]): SliceChanges => {
    const slices = owned.filter((slice) => portsKey(slice.ports) === key);
    const isOutdated = (slice: EndpointSlice): boolean => hasOtherLabels(slice, service);
    const packing = pack(slices, endpoints, { maxPerSlice: MAX_ENDPOINTS_PER_SLICE, isOutdated });
    const changed = packing.slices.filter(({ isChanged }) => isChanged);
    return {
      create: packing.create.map((each) => content(ports, each)),
      update: changed
        .filter((each) => each.endpoints.length > 0)
        .map((each) => ({
          slice: each.slice,
          content: keepAnnotations(each.slice, content(ports, each.endpoints)),
        })),
      remove: changed.filter((each) => each.endpoints.length === 0).map(({ slice }) => slice),
    };
  });
  const others = present.filter((slice) => !isOwnedBy(slice, service) || !groups.has(portsKey(slice.ports)));
  return withPlaceholder(
    present,
    merge([...changes, { create: [], update: [], remove: others }]),
    content([], []),
  );
}

function keepAnnotations({ metadata }: EndpointSlice, content: SliceContent): SliceContent {
  const others = omit(metadata.annotations ?? {}, TRIGGER_TIME);
  return { ...content, annotations: { ...others, ...content.annotations } };
}

/** A Service without endpoints has one empty slice, so that readers can tell it from one that nobody has looked at. */
function withPlaceholder(
  present: readonly EndpointSlice[],
  changes: SliceChanges,
  placeholder: SliceContent,
): SliceChanges {
  const { create, update, remove } = changes;
  if (create.length > 0 || remove.length < present.length) return changes;
  const [only] = remove;
  const isThere = remove.length === 1 && only !== undefined && isPlaceholder(only, placeholder);
  return isThere ? { create, update, remove: [] } : { create: [placeholder], update, remove };
}

function isPlaceholder(slice: EndpointSlice, { labels }: SliceContent): boolean {
  return (
    endpointsIn(slice).length === 0 &&
    portsKey(slice.ports) === "" &&
    semanticallyEqual(slice.metadata.labels, labels)
  );
}

interface PortGroup {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** Pods can have different numbers behind one port name; each combination needs slices of its own. */
function groupByPorts(view: EndpointSliceView, type: AddressType): ReadonlyMap<string, PortGroup> {
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Endpoint[] }>();
  for (const pod of view.pods.filter(isWanted)) {
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

function isWanted(pod: Pod): boolean {
  return hasAddress(pod);
}

/** Whoever asks for every address gets also those on nodes that nobody knows. */
function isPlaced({ spec }: Pod, { service, nodes }: EndpointSliceView): boolean {
  return nodes.has(spec.nodeName ?? "") || service.spec?.publishNotReadyAddresses === true;
}

function endpointOf(pod: Pod, addresses: readonly string[], { service, nodes }: EndpointSliceView): Endpoint {
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

function addressTypesOf({ spec }: Service): readonly AddressType[] {
  const families = spec?.ipFamilies ?? [];
  if (families.length > 0) return families.filter((family) => family === "IPv4" || family === "IPv6");
  const address = spec?.clusterIP ?? "";
  if (address === "" || address === "None") return ["IPv4", "IPv6"];
  return address.includes(":") ? ["IPv6"] : ["IPv4"];
}

function labelsOf(service: Service): Readonly<Record<string, string>> {
  return {
    ...inheritable(service.metadata.labels),
    ...(isHeadless(service) && { [HEADLESS_LABEL]: "" }),
    [SERVICE_LABEL]: service.metadata.name,
    [MANAGER_LABEL]: MANAGER,
  };
}

function hasOtherLabels(slice: EndpointSlice, service: Service): boolean {
  return !semanticallyEqual(inheritable(slice.metadata.labels), inheritable(service.metadata.labels));
}

function inheritable(labels: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !RESERVED.has(key)));
}

function isManaged({ metadata }: EndpointSlice): boolean {
  return metadata.labels?.[MANAGER_LABEL] === MANAGER;
}

function sliceIndexKey(namespace = "", service = ""): string {
  return `${namespace}/${service}`;
}

function reportOf(service: Service): WriteReport {
  const { namespace = "", name } = service.metadata;
  const message = `Error updating Endpoint Slices for Service ${namespace}/${name}: {error}`;
  return { about: service, failed: { type: "Warning", reason: "FailedToUpdateEndpointSlices", message } };
}

function merge(all: readonly SliceChanges[]): SliceChanges {
  return {
    create: all.flatMap(({ create }) => create),
    update: all.flatMap(({ update }) => update),
    remove: all.flatMap(({ remove }) => remove),
  };
}

function byName(a: EndpointSlice, b: EndpointSlice): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

function byKey(a: Endpoint, b: Endpoint): number {
  const [keyA, keyB] = [endpointKey(a), endpointKey(b)];
  return keyA < keyB ? -1 : Number(keyA > keyB);
}

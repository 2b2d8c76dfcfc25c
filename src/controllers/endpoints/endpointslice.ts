import type { Service } from "#api/generated/core-v1.ts";
import type { Endpoint, EndpointPort, EndpointSlice } from "#api/generated/discovery-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import { omit } from "#base/omit.ts";
import type { Plan, WriteReport } from "#reconcile/action.ts";
import { defineController } from "#reconcile/controller.ts";
import { pack } from "./packing.ts";
import { type AddressType, groupByPorts, isPlaced, type SelectedPods } from "./port-groups.ts";
import {
  HEADLESS_LABEL,
  hasAddress,
  hasEndpointChanged,
  hasSelectedEndpoints,
  isHeadless,
  servicesOf,
  TRIGGER_TIME,
  triggerTime,
} from "./service-pods.ts";
import {
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

/** Pods seldom come alone, and each of them would write a slice of a hundred. */
const REST_MS = 100;

export interface EndpointSliceView extends SelectedPods {
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
  const isNodeMissing = view.pods.some((pod) => hasAddress(pod) && !isPlaced(pod, view));
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

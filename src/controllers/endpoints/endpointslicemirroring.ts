import type { EndpointAddress, EndpointSubset, Endpoints, Service } from "#api/generated/core-v1.ts";
import type { Endpoint, EndpointPort, EndpointSlice } from "#api/generated/discovery-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import { formatIP, parseIP } from "#base/cidr.ts";
import { familyName } from "#base/ip-kinds.ts";
import type { Action, Plan } from "#reconcile/action.ts";
import { refTo } from "#reconcile/claim.ts";
import { defineController } from "#reconcile/controller.ts";
import { TRIGGER_TIME } from "./service-pods.ts";
import {
  endpointKey,
  endpointsIn,
  isOwnedBy,
  isSameEndpoint,
  MANAGER_LABEL,
  planSliceChanges,
  portsKey,
  SERVICE_LABEL,
  type SliceChanges,
  type SliceContent,
} from "./slices.ts";
import { packSubsets, unpackSubsets } from "./subsets.ts";

const MANAGER = "endpointslicemirroring-controller.k8s.io";

/** A subset has one slice, which holds no more than this. */
const MAX_ENDPOINTS_PER_SUBSET = 1000;

const SKIP_LABEL = "endpointslice.kubernetes.io/skip-mirror";
/** Endpoints that were used as a lock are no endpoints. */
const LEADER_ANNOTATION = "control-plane.alpha.kubernetes.io/leader";
/** What is true of the Endpoints object alone. */
const NOT_MIRRORED = new Set([TRIGGER_TIME, "kubectl.kubernetes.io/last-applied-configuration"]);

type AddressType = "IPv4" | "IPv6";

export interface EndpointSliceMirroringView {
  readonly endpoints: Endpoints | undefined;
  readonly service: Service | undefined;
  /** The slices that this controller has made for Endpoints of this name. */
  readonly slices: readonly EndpointSlice[];
}

/** Turns Endpoints that somebody keeps for a Service without selector into EndpointSlices. */
export const endpointSliceMirroringController = defineController<EndpointSliceMirroringView>({
  name: "endpointslicemirroring",
  component: "endpoint-slice-mirroring-controller",
  primary: "Endpoints",
  watches: [
    { kind: "Endpoints", wakes: "itself" },
    {
      kind: "Service",
      wakes: "itself",
      when: (service, previous) =>
        previous === undefined ? !hasSelector(service) : hasSelector(service) !== hasSelector(previous),
    },
    {
      kind: "EndpointSlice",
      wakes: (slice) => {
        const { namespace = "", labels } = slice.metadata;
        return isManaged(slice) ? [{ namespace, name: labels?.[SERVICE_LABEL] ?? "" }] : [];
      },
    },
  ],
  indexes: [
    {
      kind: "EndpointSlice",
      name: "endpoints",
      keys: (slice) => {
        const { namespace = "", labels } = slice.metadata;
        return isManaged(slice) ? [`${namespace}/${labels?.[SERVICE_LABEL] ?? ""}`] : [];
      },
    },
  ],
  writes: ["EndpointSlice"],
  observe: ({ namespace, name }, caches) => {
    const slices = caches.byIndex("EndpointSlice", "endpoints", `${namespace}/${name}`);
    const endpoints = caches.get("Endpoints", namespace, name);
    if (endpoints === undefined && slices.length === 0) return undefined;
    return { endpoints, service: caches.get("Service", namespace, name), slices };
  },
  plan: planMirroring,
});

export function planMirroring({ endpoints, service, slices }: EndpointSliceMirroringView): Plan {
  const present = slices.filter(({ metadata }) => metadata.deletionTimestamp === undefined).toSorted(byName);
  if (endpoints === undefined || service === undefined || hasSelector(service) || !isMirrored(endpoints)) {
    return { actions: present.map(remove) };
  }
  const subsets = packSubsets(unpackSubsets(endpoints.subsets ?? []));
  const wanted = subsets.flatMap((subset) => mirror(subset, endpoints));
  const changes = compare(wanted, present, endpoints);
  // Said when there is something to do, and not for every look at what cannot be mirrored.
  const actions = planSliceChanges(endpoints, changes);
  return { actions: [...actions, ...(actions.length > 0 ? complaints(endpoints, subsets) : [])] };
}

/** One slice for each kind of address that a subset has. */
function mirror(subset: EndpointSubset, endpoints: Endpoints): readonly SliceContent[] {
  const mirrored = validAddresses(subset).slice(0, MAX_ENDPOINTS_PER_SUBSET);
  const ports = (subset.ports ?? []).map(
    ({ name = "", port, protocol = "TCP", appProtocol }): EndpointPort => ({
      name,
      port,
      protocol,
      ...(appProtocol !== undefined && { appProtocol }),
    }),
  );
  return (["IPv4", "IPv6"] as const).flatMap((addressType) => {
    const found = mirrored.filter((each) => each.addressType === addressType).map(({ endpoint }) => endpoint);
    return found.length === 0 ? [] : [{ addressType, ports, endpoints: found, ...copiedMetadata(endpoints) }];
  });
}

function validAddresses({
  addresses = [],
  notReadyAddresses = [],
}: EndpointSubset): readonly { readonly addressType: AddressType; readonly endpoint: Endpoint }[] {
  return [
    ...addresses.flatMap((address) => toEndpoint(address, true)),
    ...notReadyAddresses.flatMap((address) => toEndpoint(address, false)),
  ];
}

function toEndpoint(
  { ip, hostname, nodeName, targetRef }: EndpointAddress,
  ready: boolean,
): readonly { readonly addressType: AddressType; readonly endpoint: Endpoint }[] {
  const address = parseIP(ip, { leadingZeros: true });
  if (address === undefined) return [];
  const endpoint: Endpoint = {
    addresses: [formatIP(address)],
    conditions: { ready },
    ...(hostname !== undefined && hostname !== "" && { hostname }),
    ...(nodeName !== undefined && { nodeName }),
    ...(targetRef && { targetRef }),
  };
  return [{ addressType: familyName(address), endpoint }];
}

function copiedMetadata({ metadata }: Endpoints): Pick<SliceContent, "labels" | "annotations"> {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => !NOT_MIRRORED.has(key));
  return {
    labels: { ...metadata.labels, [SERVICE_LABEL]: metadata.name, [MANAGER_LABEL]: MANAGER },
    annotations: Object.fromEntries(annotations),
  };
}

/** The first slice of the right ports and addresses is kept; all others are one too many. */
function compare(
  wanted: readonly SliceContent[],
  present: readonly EndpointSlice[],
  endpoints: Endpoints,
): SliceChanges {
  const left = new Set(present);
  const create: SliceContent[] = [];
  const update: { slice: EndpointSlice; content: SliceContent }[] = [];
  for (const content of wanted) {
    const slice = [...left].find(
      (each) => each.addressType === content.addressType && portsKey(each.ports) === portsKey(content.ports),
    );
    if (slice === undefined) {
      create.push(content);
      continue;
    }
    left.delete(slice);
    if (!says(slice, content) || !isOwnedBy(slice, endpoints)) update.push({ slice, content });
  }
  return { create, update, remove: [...left] };
}

function says(slice: EndpointSlice, { endpoints, labels, annotations }: SliceContent): boolean {
  const present = new Map(endpointsIn(slice).map((endpoint) => [endpointKey(endpoint), endpoint]));
  const isSame = endpoints.every((endpoint) => {
    const found = present.get(endpointKey(endpoint));
    return found !== undefined && isSameEndpoint(found, endpoint);
  });
  return (
    isSame &&
    present.size === endpoints.length &&
    semanticallyEqual(slice.metadata.labels, labels) &&
    semanticallyEqual(slice.metadata.annotations, annotations)
  );
}

function complaints(endpoints: Endpoints, subsets: readonly EndpointSubset[]): readonly Action[] {
  const invalid = sum(subsets, (subset) => countOf(subset) - validAddresses(subset).length);
  const tooMany = sum(subsets, (subset) =>
    Math.max(0, validAddresses(subset).length - MAX_ENDPOINTS_PER_SUBSET),
  );
  return [
    ...(invalid === 0
      ? []
      : [
          warn(
            endpoints,
            "InvalidIPAddress",
            `Skipped ${String(invalid)} invalid IP addresses when mirroring to EndpointSlices`,
          ),
        ]),
    ...(tooMany === 0
      ? []
      : [
          warn(
            endpoints,
            "TooManyAddressesToMirror",
            `A max of ${String(MAX_ENDPOINTS_PER_SUBSET)} addresses can be mirrored to EndpointSlices per Endpoints subset. ${String(invalid + tooMany)} addresses were skipped`,
          ),
        ]),
  ];
}

function warn(about: Endpoints, reason: string, message: string): Action {
  return { type: "event", about, event: { type: "Warning", reason, message } };
}

function countOf({ addresses = [], notReadyAddresses = [] }: EndpointSubset): number {
  return addresses.length + notReadyAddresses.length;
}

function sum(subsets: readonly EndpointSubset[], count: (subset: EndpointSubset) => number): number {
  return subsets.reduce((total, subset) => total + count(subset), 0);
}

function isMirrored({ metadata }: Endpoints): boolean {
  return metadata.labels?.[SKIP_LABEL] !== "true" && metadata.annotations?.[LEADER_ANNOTATION] === undefined;
}

function hasSelector({ spec }: Service): boolean {
  return Object.keys(spec?.selector ?? {}).length > 0;
}

function isManaged({ metadata }: EndpointSlice): boolean {
  return metadata.labels?.[MANAGER_LABEL] === MANAGER;
}

function remove(slice: EndpointSlice): Action {
  return { type: "delete", target: refTo(slice, "EndpointSlice"), uid: slice.metadata.uid };
}

function byName(a: EndpointSlice, b: EndpointSlice): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

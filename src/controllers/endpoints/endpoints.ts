import { isPodReady } from "#api/core/v1/pod-status.ts";
import type { EndpointAddress, EndpointSubset, Endpoints, Pod, Service } from "#api/generated/core-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import { omit } from "#base/omit.ts";
import type { Action, Plan, WriteReport } from "#reconcile/action.ts";
import { refTo } from "#reconcile/claim.ts";
import { defineController } from "#reconcile/controller.ts";
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
import { MAX_ADDRESSES, type PortAddress, packSubsets, truncateSubsets, unpackSubsets } from "./subsets.ts";

const MANAGER = "endpoint-controller";
const MANAGER_LABEL = "endpoints.kubernetes.io/managed-by";
/** Says that not all addresses are there. */
const OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";

/** The object holds all pods of the Service, so that each of them would write all of it. */
const REST_MS = 1000;

export interface EndpointsView {
  /** Absent when it has been deleted and left its Endpoints behind. */
  readonly service: Service | undefined;
  readonly pods: readonly Pod[];
  readonly endpoints: Endpoints | undefined;
}

export const endpointsController = defineController<EndpointsView>({
  name: "endpoints",
  account: "endpoint-controller",
  component: MANAGER,
  restMs: REST_MS,
  primary: "Service",
  watches: [
    { kind: "Service", wakes: "itself" },
    { kind: "Pod", wakes: servicesOf, when: hasEndpointChanged },
    // What somebody else keeps for a Service without selector is theirs until the Service goes.
    {
      kind: "Endpoints",
      wakes: "itself",
      when: (endpoints, previous) => isManaged(endpoints) || isManaged(previous),
    },
  ],
  writes: ["Endpoints"],
  observe: ({ namespace, name }, caches) => {
    const service = caches.get("Service", namespace, name);
    const endpoints = caches.get("Endpoints", namespace, name);
    if (service === undefined) return endpoints && { service, pods: [], endpoints };
    if (!hasSelectedEndpoints(service)) return undefined;
    const pods = caches.select("Pod", namespace, { matchLabels: service.spec?.selector ?? {} });
    return { service, pods, endpoints };
  },
  plan: planEndpoints,
});

/** Decides what the Endpoints of a Service say: the older form of its EndpointSlices, for those who still read it. */
export function planEndpoints({ service, pods, endpoints }: EndpointsView): Plan {
  if (service === undefined) return { actions: endpoints === undefined ? [] : [remove(endpoints)] };
  const subsets = packSubsets(pods.flatMap((pod) => portAddressesOf(pod, service)));
  if (endpoints !== undefined && isUpToDate(endpoints, service, subsets)) return { actions: [] };
  const metadata = metadataOf(service, pods, endpoints, truncateSubsets(subsets) !== subsets);
  const object = { apiVersion: "v1", kind: "Endpoints", metadata, subsets: truncateSubsets(subsets) };
  if (endpoints === undefined) {
    const report = reportOf(service, "FailedToCreateEndpoint", "Failed to create endpoint for service");
    return { actions: [{ type: "create", object, report }] };
  }
  const report = reportOf(service, "FailedToUpdateEndpoint", "Failed to update endpoint");
  const updated: Endpoints = {
    ...endpoints,
    ...object,
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { ...endpoints.metadata, ...metadata },
  };
  return { actions: [{ type: "update", object: updated, report }] };
}

function portAddressesOf(pod: Pod, service: Service): readonly PortAddress[] {
  const { publishNotReadyAddresses: isPublished = false, ports = [] } = service.spec ?? {};
  const isTerminating = pod.metadata.deletionTimestamp !== undefined;
  const address = hasAddress(pod) && (isPublished || !isTerminating) ? addressOf(pod, service) : undefined;
  if (address === undefined) return [];
  const isReady = isPublished || isPodReady(pod);
  if (ports.length === 0)
    return service.spec?.clusterIP === "None" ? [{ address, port: undefined, isReady }] : [];
  return ports.flatMap((servicePort) => {
    const port = targetPortOf(pod, servicePort);
    if (port === undefined) return [];
    const { name = "", protocol = "TCP", appProtocol } = servicePort;
    const named = {
      ...(name !== "" && { name }),
      port,
      protocol,
      ...(appProtocol !== undefined && { appProtocol }),
    };
    return [{ address, port: named, isReady }];
  });
}

/** Endpoints know one family of addresses: the first of the Service. */
function addressOf(pod: Pod, service: Service): EndpointAddress | undefined {
  const [ip] = addressesOf(pod, familyOf(service, pod));
  if (ip === undefined) return undefined;
  const { name, namespace, uid } = pod.metadata;
  const hostname = hostnameOf(pod, service);
  return {
    ip,
    ...(hostname !== undefined && { hostname }),
    nodeName: pod.spec.nodeName ?? "",
    targetRef: { kind: "Pod", ...(namespace !== undefined && { namespace }), name, uid },
  };
}

function familyOf({ spec }: Service, { status }: Pod): "IPv4" | "IPv6" {
  const [first] = spec?.ipFamilies ?? [];
  if (first === "IPv4" || first === "IPv6") return first;
  const address = isHeadlessAddress(spec?.clusterIP) ? status?.podIP : spec?.clusterIP;
  return address?.includes(":") === true ? "IPv6" : "IPv4";
}

function isHeadlessAddress(address = ""): boolean {
  return address === "" || address === "None";
}

function isUpToDate(endpoints: Endpoints, service: Service, wanted: readonly EndpointSubset[]): boolean {
  const present = endpoints.subsets ?? [];
  const count = present.reduce(
    (sum, { addresses = [], notReadyAddresses = [] }) => sum + addresses.length + notReadyAddresses.length,
    0,
  );
  const { [MANAGER_LABEL]: manager, ...labels } = endpoints.metadata.labels ?? {};
  return (
    count <= MAX_ADDRESSES &&
    manager === MANAGER &&
    semanticallyEqual(withoutHeadless(labels), withoutHeadless(service.metadata.labels)) &&
    isCapacityTold(endpoints, wanted) &&
    // In whatever order and form it was written.
    semanticallyEqual(
      packSubsets(unpackSubsets(present)),
      packSubsets(unpackSubsets(truncateSubsets(wanted))),
    )
  );
}

function isCapacityTold({ metadata }: Endpoints, wanted: readonly EndpointSubset[]): boolean {
  return (metadata.annotations?.[OVER_CAPACITY] === "truncated") === (truncateSubsets(wanted) !== wanted);
}

function metadataOf(
  service: Service,
  pods: readonly Pod[],
  endpoints: Endpoints | undefined,
  isTruncated: boolean,
): Pick<Endpoints["metadata"], "name" | "namespace" | "labels" | "annotations"> {
  const { name, namespace } = service.metadata;
  const {
    [TRIGGER_TIME]: answered,
    [OVER_CAPACITY]: _,
    ...annotations
  } = endpoints?.metadata.annotations ?? {};
  const time = triggerTime(service, pods, answered);
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    labels: {
      ...withoutHeadless(service.metadata.labels),
      ...(isHeadless(service) && { [HEADLESS_LABEL]: "" }),
      [MANAGER_LABEL]: MANAGER,
    },
    annotations: {
      ...annotations,
      ...(time !== undefined && { [TRIGGER_TIME]: time }),
      ...(isTruncated && { [OVER_CAPACITY]: "truncated" }),
    },
  };
}

function withoutHeadless(labels: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return omit(labels, HEADLESS_LABEL);
}

function isManaged(endpoints: Endpoints | undefined): boolean {
  return endpoints?.metadata.labels?.[MANAGER_LABEL] === MANAGER;
}

function remove(endpoints: Endpoints): Action {
  return { type: "delete", target: refTo(endpoints, "Endpoints"), uid: endpoints.metadata.uid };
}

function reportOf(service: Service, reason: string, text: string): WriteReport {
  const { namespace = "", name } = service.metadata;
  return {
    about: service,
    failed: { type: "Warning", reason, message: `${text} ${namespace}/${name}: {error}` },
  };
}

import { isPodReady, isPodTerminal } from "#api/core/v1/pod-status.ts";
import type { Pod, Service, ServicePort } from "#api/generated/core-v1.ts";
import { formatIP, parseIP } from "#base/cidr.ts";
import { familyName } from "#base/ip-kinds.ts";
import type { Caches } from "#reconcile/caches.ts";

/** How pods back a Service, which Endpoints and EndpointSlices must see the same way. */

/** Marks what belongs to a Service without a cluster address. */
export const HEADLESS_LABEL = "service.kubernetes.io/headless";
/** When the change happened that an update is the answer to. */
export const TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";

/** True for Services whose endpoints follow from their selector. */
export function hasSelectedEndpoints({ spec }: Service): boolean {
  return spec?.type !== "ExternalName" && Object.keys(spec?.selector ?? {}).length > 0;
}

export function isHeadless({ spec }: Service): boolean {
  return spec?.clusterIP === undefined || spec.clusterIP === "" || spec.clusterIP === "None";
}

/** Services of the pod's namespace that select it. */
export function servicesOf(
  pod: Pod,
  caches: Caches,
): readonly { readonly namespace: string; readonly name: string }[] {
  const { namespace = "", labels = {} } = pod.metadata;
  return caches
    .list("Service", namespace)
    .filter((service) => hasSelectedEndpoints(service) && selects(service, labels))
    .map(({ metadata }) => ({ namespace, name: metadata.name }));
}

/** True when the change of a pod can change endpoints. */
export function hasEndpointChanged(pod: Pod, previous: Pod | undefined): boolean {
  if (previous === undefined) return true;
  return (
    pod.metadata.deletionTimestamp !== previous.metadata.deletionTimestamp ||
    isPodReady(pod) !== isPodReady(previous) ||
    isPodTerminal(pod) !== isPodTerminal(previous) ||
    !Bun.deepEquals(pod.metadata.labels, previous.metadata.labels) ||
    !Bun.deepEquals(pod.status?.podIPs, previous.status?.podIPs)
  );
}

/** A pod that has an address and has not ended. */
export function hasAddress(pod: Pod): boolean {
  return !isPodTerminal(pod) && ((pod.status?.podIP ?? "") !== "" || (pod.status?.podIPs ?? []).length > 0);
}

/** The pod's addresses of a family in canonical form. */
export function addressesOf({ status }: Pod, family: "IPv4" | "IPv6"): readonly string[] {
  return (status?.podIPs ?? []).flatMap(({ ip }) => {
    const address = parseIP(ip, { leadingZeros: true });
    return address !== undefined && familyName(address) === family ? [formatIP(address)] : [];
  });
}

/** The port of the pod behind a port of the Service; undefined when the pod has no port of that name. */
export function targetPortOf({ spec }: Pod, servicePort: ServicePort): number | undefined {
  const { targetPort = servicePort.port, protocol = "TCP" } = servicePort;
  if (typeof targetPort === "number") return targetPort;
  // Sidecars serve like containers do; other init containers have ended.
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  return [...spec.containers, ...sidecars]
    .flatMap(({ ports = [] }) => ports)
    .find((port) => port.name === targetPort && (port.protocol ?? "TCP") === protocol)?.containerPort;
}

/** The name of its own that the pod has under the Service's name. */
export function hostnameOf({ metadata, spec }: Pod, service: Service): string | undefined {
  const isUnderService =
    spec.subdomain === service.metadata.name && metadata.namespace === service.metadata.namespace;
  return isUnderService && (spec.hostname ?? "") !== "" ? spec.hostname : undefined;
}

/**
 * The time of the oldest change that is not answered yet: pods becoming ready or not, and at first the creation of
 * the Service. Undefined when nothing is newer than `answered`, the time of the answer before.
 */
export function triggerTime(
  service: Service,
  pods: readonly Pod[],
  answered: string | undefined,
): string | undefined {
  const created = service.metadata.creationTimestamp ?? undefined;
  if (answered === undefined) return created;
  const changes = pods.map(
    ({ status }) => status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime,
  );
  const unanswered = [created, ...changes].filter(
    (time): time is string => typeof time === "string" && time > answered,
  );
  return unanswered.toSorted()[0];
}

function selects({ spec }: Service, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(spec?.selector ?? {}).every(([key, value]) => labels[key] === value);
}

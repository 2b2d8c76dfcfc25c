import type { Pod } from "#api/generated/core-v1.ts";
import type { CIDR } from "#base/cidr.ts";
import type { Clock } from "#base/clock.ts";
import type { SharedInformers } from "#reconcile/shared-informers.ts";
import { SERVICE_NAME_LABEL, type ZoneView } from "./zone-view.ts";

export interface ClusterNamesOptions {
  readonly domain: string;
  readonly networks: readonly CIDR[];
  readonly nodeName: string;
}

export interface ClusterNamesInformers {
  readonly informers: SharedInformers;
  /** Of the kubelet, who sees the pods of its node and no others. */
  readonly nodeInformers: SharedInformers;
}

export interface ClusterNames {
  readonly view: ZoneView;
  /** Grows with every change of what the view shows. */
  readonly generation: () => number;
  /** The namespace of the pod of this node that has an address. */
  readonly namespaceOf: (address: string) => string | undefined;
  /** Resolves when all of it is known for the first time. */
  readonly synced: Promise<unknown>;
}

/** The caches that names are made of, with the indexes that they are looked up by. They stay when the API server goes. */
export function watchClusterNames(
  { domain, networks, nodeName }: ClusterNamesOptions,
  { informers, nodeInformers }: ClusterNamesInformers,
  clock: Pick<Clock, "now">,
): ClusterNames {
  const namespaces = informers.informer("Namespace");
  const services = informers.informer("Service");
  const slices = informers.informer("EndpointSlice");
  const pods = nodeInformers.informer("Pod", { fieldSelector: `spec.nodeName=${nodeName}` });
  services.addIndex("address", ({ spec }) => (spec.clusterIPs ?? []).filter((address) => address !== "None"));
  slices.addIndex("service", ({ metadata: { namespace = "", labels } }) => [
    `${namespace}/${labels?.[SERVICE_NAME_LABEL] ?? ""}`,
  ]);
  slices.addIndex("address", ({ endpoints }) => [
    ...new Set(endpoints.flatMap(({ addresses }) => addresses)),
  ]);
  pods.addIndex("address", addressesOf);
  let generation = 0;
  let serial = Math.floor(clock.now() / 1000);
  const changed = (): void => {
    generation += 1;
    serial = Math.max(serial, Math.floor(clock.now() / 1000));
  };
  for (const informer of [namespaces, services, slices]) informer.onChange(changed);
  const view: ZoneView = {
    domain,
    networks,
    get isSynced() {
      return namespaces.isSynced && services.isSynced && slices.isSynced;
    },
    get serial() {
      return serial;
    },
    hasNamespace: (name) => namespaces.get("", name) !== undefined,
    service: (namespace, name) => services.get(namespace, name),
    slices: (namespace, service) => slices.byIndex("service", `${namespace}/${service}`),
    serviceByAddress: (address) => services.byIndex("address", address)[0],
    slicesByAddress: (address) => slices.byIndex("address", address),
  };
  return {
    view,
    generation: () => generation,
    namespaceOf: (address) => pods.byIndex("address", address)[0]?.metadata.namespace,
    synced: Promise.all([namespaces, services, slices, pods].map(({ synced }) => synced)),
  };
}

/** Pods on the host's network have its address, as many others do. */
function addressesOf({ spec, status }: Pod): readonly string[] {
  if (spec.hostNetwork === true || status?.phase === "Succeeded" || status?.phase === "Failed") return [];
  return (status?.podIPs ?? []).flatMap(({ ip }) => ip ?? []);
}

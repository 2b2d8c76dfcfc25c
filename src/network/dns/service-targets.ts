import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { parseIP } from "#base/cidr.ts";
import { SERVICE_NAME_LABEL, type ZoneView } from "./zone-view.ts";

/** One address that a name leads to. */
export interface Target {
  readonly address: string;
  /** The name below its Service: the endpoint's host name, or its address with dashes; empty for the Service itself. */
  readonly host: string;
  /** 0 where no port was asked for. */
  readonly port: number;
}

export interface WantedPort {
  readonly name: string;
  readonly protocol: string;
}

/** Where connections to a port of a Service lead: to its addresses, or to its endpoints when it is headless. */
export function portTargets(view: ZoneView, service: Service, wanted: WantedPort): readonly Target[] {
  if (isHeadless(service)) return endpointTargets(view, service, wanted);
  const port = service.spec.ports?.find(
    (each) => (each.name ?? "") === wanted.name && (each.protocol ?? "TCP") === wanted.protocol,
  );
  return port === undefined
    ? []
    : clusterAddresses(service).map((address) => ({ address, host: "", port: port.port }));
}

/** A Service's endpoints: ready ones, or all of them where it publishes those that are not. */
export function endpointTargets(view: ZoneView, service: Service, wanted?: WantedPort): readonly Target[] {
  const { name, namespace = "" } = service.metadata;
  return view
    .slices(namespace, name)
    .flatMap((slice) =>
      portsOf(slice, wanted).flatMap((port) =>
        slice.endpoints
          .filter(
            ({ conditions }) => conditions?.ready !== false || service.spec.publishNotReadyAddresses === true,
          )
          .flatMap(({ addresses, hostname }) =>
            addresses.map((address) => ({ address, host: hostname ?? dashed(address), port })),
          ),
      ),
    )
    .filter(({ address }) => parseIP(address) !== undefined);
}

function portsOf({ ports }: EndpointSlice, wanted: WantedPort | undefined): readonly number[] {
  if (wanted === undefined) return [0];
  return (ports ?? [])
    .filter(({ name = "", protocol }) => name === wanted.name && (protocol ?? "TCP") === wanted.protocol)
    .flatMap(({ port }) => port ?? []);
}

/** The names that an address has: its Service's, else those of the ready endpoints with it. */
export function namesOfAddress(view: ZoneView, address: string): readonly string[] {
  const service = view.serviceByAddress(address);
  if (service !== undefined) return [serviceName(view, service)];
  const names = view.slicesByAddress(address).flatMap(({ metadata }) => {
    const owner = view.service(metadata.namespace ?? "", metadata.labels?.[SERVICE_NAME_LABEL] ?? "");
    if (owner === undefined) return [];
    return endpointTargets(view, owner)
      .filter((target) => target.address === address)
      .map(({ host }) => `${host}.${serviceName(view, owner)}`);
  });
  return [...new Set(names)];
}

export function serviceName({ domain }: ZoneView, { metadata }: Service): string {
  return `${metadata.name}.${metadata.namespace ?? ""}.svc.${domain}`;
}

export function isHeadless({ spec }: Service): boolean {
  return spec.clusterIP === "None";
}

export function clusterAddresses({ spec }: Service): readonly string[] {
  const addresses = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]);
  return addresses.filter((address) => parseIP(address) !== undefined);
}

function dashed(address: string): string {
  return address.replaceAll(/[.:]/g, "-");
}

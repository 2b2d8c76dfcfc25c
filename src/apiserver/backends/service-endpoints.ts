/** Where a Service leads (apiserver `pkg/util/proxy`, `ResolveEndpoint` and `ResolveCluster`). */
import type { Service, ServicePort } from "#api/generated/core-v1.ts";
import type { Endpoint, EndpointSlice } from "#api/generated/discovery-v1.ts";
import { quote } from "#apimachinery/go-text.ts";
import { serviceUnavailable } from "#apimachinery/status-error.ts";
import type { BackendAddress } from "./dialer.ts";

/**
 * Everything that a port of a Service leads to, in the order in which to try it: addresses of the Service's first
 * family before others, and at random otherwise. `slices` are those of the Service; `random` gives a number from 0 up
 * to 1. Throws ServiceUnavailable when there is nothing.
 */
export function serviceEndpoints(
  service: Service,
  slices: readonly EndpointSlice[],
  port: number,
  random: () => number,
): readonly BackendAddress[] {
  const { type, externalName = "", ipFamilies = [] } = service.spec;
  if (type === "ExternalName") return [{ host: externalName, port }];
  const { name: portName = "" } = findServicePort(service, port);
  const addresses = preferFamily(shuffle(slices, random), ipFamilies[0]).flatMap((slice) =>
    sliceAddresses(slice, portName, random),
  );
  if (addresses.length === 0) throw noEndpoints(service.metadata.name);
  return addresses;
}

/** Throws ServiceUnavailable for a port that the Service does not have. */
export function findServicePort({ metadata, spec }: Service, port: number): ServicePort {
  const found = spec.ports?.find((each) => each.port === port);
  if (found !== undefined) return found;
  throw serviceUnavailable(`no service port ${String(port)} found for service ${quote(metadata.name)}`);
}

export function noEndpoints(serviceName: string): Error {
  return serviceUnavailable(`no endpoints available for service ${quote(serviceName)}`);
}

function preferFamily(
  slices: readonly EndpointSlice[],
  family: string | undefined,
): readonly EndpointSlice[] {
  const rank = ({ addressType }: EndpointSlice): number => (addressType === family ? 0 : 1);
  return slices.toSorted((a, b) => rank(a) - rank(b));
}

function sliceAddresses(
  { endpoints, ports }: EndpointSlice,
  portName: string,
  random: () => number,
): readonly BackendAddress[] {
  const port = ports.find(({ name = "", port: number }) => name === portName && number !== undefined)?.port;
  if (port === undefined) return [];
  return shuffle(endpoints.filter(isReady), random).flatMap(({ addresses: [host] }) =>
    host === undefined ? [] : [{ host, port }],
  );
}

function isReady({ conditions }: Endpoint): boolean {
  return conditions?.ready !== false;
}

function shuffle<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

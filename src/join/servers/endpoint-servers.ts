import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { serverAddress } from "./server-address.ts";

/** The Service of the API servers, whose slices they write themselves. */
const SERVICE = { namespace: "default", name: "kubernetes" };

const SERVICE_NAME = "kubernetes.io/service-name";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const PORT_NAME = "https";

/**
 * The servers of a cluster as `host:port`, in order, from all EndpointSlices that they have written. Controllers write more
 * for a Service with a selector, which whoever may change Services of the namespace gives it.
 */
export function endpointServers(slices: readonly EndpointSlice[]): readonly string[] {
  const own = slices.filter(
    ({ metadata }) =>
      metadata.namespace === SERVICE.namespace &&
      metadata.labels?.[SERVICE_NAME] === SERVICE.name &&
      metadata.labels[MANAGED_BY] === undefined,
  );
  const servers = own.flatMap(({ endpoints, ports }) => {
    const port = ports.find(({ name }) => name === PORT_NAME)?.port;
    if (port === undefined) return [];
    const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
    return ready.flatMap(({ addresses }) => addresses.map((address) => serverAddress(address, port)));
  });
  return [...new Set(servers)].toSorted();
}

import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { serverAddress } from "./server-address.ts";

/** The Service of the API servers, whose slices they write themselves. */
const SERVICE = { namespace: "default", name: "kubernetes" };

const SERVICE_NAME = "kubernetes.io/service-name";
const PORT_NAME = "https";

/** The servers of a cluster as `host:port`, in order, from all its EndpointSlices. */
export function endpointServers(slices: readonly EndpointSlice[]): readonly string[] {
  const own = slices.filter(
    ({ metadata }) =>
      metadata.namespace === SERVICE.namespace && metadata.labels?.[SERVICE_NAME] === SERVICE.name,
  );
  const servers = own.flatMap(({ endpoints, ports }) => {
    const port = ports.find(({ name }) => name === PORT_NAME)?.port;
    if (port === undefined) return [];
    const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
    return ready.flatMap(({ addresses }) => addresses.map((address) => serverAddress(address, port)));
  });
  return [...new Set(servers)].toSorted();
}

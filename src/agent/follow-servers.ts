import { endpointServers } from "#join/servers/endpoint-servers.ts";
import type { SharedInformers } from "#reconcile/shared-informers.ts";

/** Tells of the servers of the cluster, as `host:port`, now and whenever they change. */
export function followServers(
  informers: SharedInformers,
  onServers: (servers: readonly string[]) => void,
): Disposable {
  const slices = informers.informer("EndpointSlice", {
    namespace: "default",
    labelSelector: "kubernetes.io/service-name=kubernetes",
  });
  return slices.onChange(() => {
    const servers = endpointServers(slices.list());
    if (servers.length > 0) onServers(servers);
  });
}

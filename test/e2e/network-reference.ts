import type { EndpointFacts } from "#testing/service-objects.ts";

export type Policy = "Cluster" | "Local";
export type FrontendKind = "clusterIP" | "nodePort" | "externalIP";

export interface ReferenceEndpoint extends EndpointFacts {
  /** The server's name, which is also how it is addressed. */
  readonly server: string;
}

export interface ReferenceService {
  readonly internalTrafficPolicy: Policy;
  readonly externalTrafficPolicy: Policy;
  readonly endpoints: readonly ReferenceEndpoint[];
}

export interface ReferenceClient {
  readonly kind: "pod" | "host" | "outside";
  /** The server's name where the client is an endpoint itself. */
  readonly server?: string;
}

/** Who may answer, and whether it sees the client's own address. Empty for a client that gets no answer at all. */
export type Expectation =
  | {
      readonly type: "answered";
      readonly by: readonly { readonly server: string; readonly masqueraded: boolean }[];
    }
  | { readonly type: "refused" }
  | { readonly type: "silent" };

const LOCAL_NODE = "n1";

/**
 * What Kubernetes promises about a connection to a Service, in the plainest words: written from the documentation of
 * traffic policies, and knowing nothing of packet rules.
 */
export function expectationOf(
  service: ReferenceService,
  frontend: FrontendKind,
  client: ReferenceClient,
): Expectation {
  const everywhere = usable(service.endpoints);
  if (everywhere.length === 0) return { type: "refused" };
  const isExternal = frontend !== "clusterIP";
  const policy = isExternal ? service.externalTrafficPolicy : service.internalTrafficPolicy;
  // A node and its pods reach an external address as if through a load balancer that knows all nodes.
  const knowsAllNodes = policy === "Cluster" || (isExternal && client.kind !== "outside");
  const reachable = knowsAllNodes
    ? everywhere
    : usable(service.endpoints.filter(({ node }) => node === LOCAL_NODE));
  if (reachable.length === 0) return { type: "silent" };
  const hidden = isExternal ? policy === "Cluster" || client.kind === "host" : client.kind === "outside";
  return {
    type: "answered",
    by: reachable.map(({ server }) => ({ server, masqueraded: hidden || server === client.server })),
  };
}

/** Ready endpoints, or else those that terminate and still serve. */
function usable(endpoints: readonly ReferenceEndpoint[]): readonly ReferenceEndpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready === true);
  return ready.length > 0
    ? ready
    : endpoints.filter((endpoint) => endpoint.serving === true && endpoint.terminating === true);
}

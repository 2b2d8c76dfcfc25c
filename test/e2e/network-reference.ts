import type { EndpointFacts } from "#testing/service-objects.ts";

export type Policy = "Cluster" | "Local";
export type FrontendKind = "clusterIP" | "nodePort" | "loopback" | "externalIP" | "loadBalancer";
export type ClientKind = "pod" | "host" | "outside";

export interface ReferenceEndpoint extends EndpointFacts {
  /** The server's name, which is also how it is addressed. */
  readonly server: string;
  /** Where it runs. */
  readonly zone: string;
}

export interface ReferenceService {
  readonly internalTrafficPolicy: Policy;
  readonly externalTrafficPolicy: Policy;
  /** Its endpoints are meant for clients of their own zone. */
  readonly isZonal: boolean;
  /** Who may use the load balancer's address; everybody without. */
  readonly sources: readonly ClientKind[] | undefined;
  readonly endpoints: readonly ReferenceEndpoint[];
}

export interface ReferenceFrontend {
  readonly kind: FrontendKind;
  /** The family of its address; node ports answer on loopback for IPv4 alone. */
  readonly family: "IPv4" | "IPv6";
}

export interface ReferenceClient {
  readonly kind: ClientKind;
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

export const LOCAL_NODE = "n1";
export const LOCAL_ZONE = "z1";

/**
 * What Kubernetes promises about a connection to a Service, in the plainest words: written from the documentation of
 * traffic policies, and knowing nothing of packet rules.
 */
export function expectationOf(
  service: ReferenceService,
  { kind: frontend, family }: ReferenceFrontend,
  client: ReferenceClient,
): Expectation {
  if (frontend === "loopback" && family === "IPv6") return { type: "refused" };
  const isKeptOut = service.sources !== undefined && !service.sources.includes(client.kind);
  if (frontend === "loadBalancer" && isKeptOut) return { type: "silent" };
  const everywhere = near(service, usable(service.endpoints));
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

/** Where there are endpoints for this zone, traffic stays with them; those that are going have no hints any more. */
function near(
  { isZonal }: ReferenceService,
  endpoints: readonly ReferenceEndpoint[],
): readonly ReferenceEndpoint[] {
  const inZone = endpoints.filter(({ zone, ready }) => zone === LOCAL_ZONE && ready === true);
  return isZonal && inZone.length > 0 ? inZone : endpoints;
}

/** Ready endpoints, or else those that terminate and still serve. */
function usable(endpoints: readonly ReferenceEndpoint[]): readonly ReferenceEndpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready === true);
  return ready.length > 0
    ? ready
    : endpoints.filter((endpoint) => endpoint.serving === true && endpoint.terminating === true);
}

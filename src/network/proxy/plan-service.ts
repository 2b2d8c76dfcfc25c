import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import type { NamedChain, NamedSet, PartElement, TablePart } from "../nft/ledger.ts";
import type { ByteString } from "../nft/ruleset.ts";
import { formatValue, markBytes } from "../nft/value.ts";
import {
  type AffineEndpoint,
  affinityRules,
  affinitySet,
  LOCAL_INDEX,
  type SharedChains,
  shortCircuit,
} from "./endpoint-chains.ts";
import { clusterIPOf, externalAddressesOf, frontendKey, nodePortKey } from "./frontends.ts";
import { CHAINS, SETS } from "./layout.ts";
import { planFirewall } from "./plan-firewall.ts";
import type { ProxyNode } from "./proxy-node.ts";
import {
  endpointsOf,
  protocolOf,
  type ServiceEndpoint,
  type UsableEndpoints,
  usableEndpoints,
} from "./service-endpoints.ts";

type ServicePort = NonNullable<Service["spec"]["ports"]>[number];

/** The API server fills this in; the default is that of the API. */
const DEFAULT_AFFINITY_TIMEOUT_SECONDS = 10_800;

/** The maps that a kind of frontend is found in. */
interface FrontendMaps {
  readonly targets: string;
  readonly endpoints: string;
  readonly refusals: string;
  readonly masquerading: string;
}

const ADDRESS_MAPS: FrontendMaps = {
  targets: SETS.serviceIPs,
  endpoints: SETS.endpoints,
  refusals: SETS.noEndpointIPs,
  masquerading: SETS.externalIPs,
};

const NODE_PORT_MAPS: FrontendMaps = {
  targets: SETS.nodePorts,
  endpoints: SETS.nodePortEndpoints,
  refusals: SETS.noEndpointNodePorts,
  masquerading: SETS.externalNodePorts,
};

/** One address (or node port), protocol and port of a Service. */
interface Frontend {
  readonly maps: FrontendMaps;
  readonly key: ByteString;
}

/**
 * What a Service needs in the table. Pure, and a function of the Service and its EndpointSlices alone, so that a
 * change of one Service is planned without a look at any other. Headless and ExternalName Services need nothing.
 *
 * Semantics: pkg/proxy/nftables/proxier.go and pkg/proxy/topology.go.
 */
export function planService(
  service: Service,
  slices: readonly EndpointSlice[],
  { node, chains }: { readonly node: ProxyNode; readonly chains: SharedChains },
): TablePart {
  const clusterIP = clusterIPOf(service, node);
  if (clusterIP === undefined) return {};
  const plans = (service.spec.ports ?? []).map((port) => {
    const usable = usableEndpoints(endpointsOf(port, slices, node), node);
    return planPort({ service, port, clusterIP, usable, node, chains });
  });
  const parts = [...plans, planFirewall(service, node)];
  return {
    sets: parts.flatMap(({ sets = [] }) => sets),
    chains: parts.flatMap(({ chains = [] }) => chains),
    elements: [
      { set: SETS.clusterIPs, key: clusterIP, value: "" },
      ...parts.flatMap(({ elements = [] }) => elements),
    ],
  };
}

interface PortView {
  readonly service: Service;
  readonly port: ServicePort;
  readonly clusterIP: ByteString;
  readonly usable: UsableEndpoints;
  readonly node: ProxyNode;
  readonly chains: SharedChains;
}

function planPort(view: PortView): TablePart {
  const { service, port, clusterIP, usable, node } = view;
  const internal: Frontend = { maps: ADDRESS_MAPS, key: frontendKey(clusterIP, port) };
  const external: readonly Frontend[] = [
    ...externalAddressesOf(service, node).map((address) => ({
      maps: ADDRESS_MAPS,
      key: frontendKey(address, port),
    })),
    ...(hasNodePort(port) ? [{ maps: NODE_PORT_MAPS, key: nodePortKey(port) }] : []),
  ];
  if (usable.cluster.length === 0) {
    return { elements: [internal, ...external].map((frontend) => refuse(frontend, `goto ${CHAINS.reject}`)) };
  }
  const parts = [
    planInternal(view, internal),
    ...(external.length > 0 ? [planExternal(view, external)] : []),
  ];
  return {
    sets: isAffine(service) ? affinitySets(view) : [],
    chains: parts.flatMap(({ chains = [] }) => chains),
    elements: [...parts.flatMap(({ elements = [] }) => elements), ...hairpin(usable)],
  };
}

function planInternal(view: PortView, frontend: Frontend): TablePart {
  const { service, usable } = view;
  const isLocal = service.spec.internalTrafficPolicy === "Local";
  const endpoints = isLocal ? usable.local : usable.cluster;
  if (endpoints.length === 0) return { elements: [refuse(frontend, "drop")] };
  const plain = view.chains.endpoints(endpoints.length);
  const affine = isAffine(service)
    ? affinityChain(view, isLocal ? "affinity-internal" : "affinity", endpoints, plain)
    : undefined;
  return {
    chains: affine === undefined ? [plain] : [plain, affine],
    elements: [target(frontend, affine ?? plain), ...endpointElements(frontend, endpoints, 0)],
  };
}

function planExternal(view: PortView, frontends: readonly Frontend[]): TablePart {
  const { service, usable } = view;
  const isLocal = service.spec.externalTrafficPolicy === "Local";
  const all = view.chains.endpoints(usable.cluster.length);
  const local = isLocal ? view.chains.local(usable.cluster.length, usable.local.length) : undefined;
  const affine = isAffine(service) ? affineExternal(view, all, local) : [];
  const chains = [all, ...(local === undefined ? [] : [local]), ...affine];
  const entry = affine.at(-1) ?? local ?? all;
  return {
    chains,
    elements: frontends.flatMap((frontend) => [
      target(frontend, entry),
      {
        set: frontend.maps.masquerading,
        key: frontend.key,
        value: `goto ${isLocal ? CHAINS.masqueradeLocal : CHAINS.masquerade}`,
      },
      ...endpointElements(frontend, usable.cluster, 0),
      ...(isLocal ? endpointElements(frontend, usable.local, LOCAL_INDEX) : []),
      ...(isLocal && usable.local.length === 0 ? [refuse(frontend, "drop")] : []),
    ]),
  };
}

/** The chains of a Service with session affinity for external traffic; the last one is where traffic enters. */
function affineExternal(
  view: PortView,
  all: NamedChain,
  local: NamedChain | undefined,
): readonly NamedChain[] {
  const { usable, node } = view;
  const cluster = affinityChain(view, "affinity", usable.cluster, all);
  if (local === undefined) return [cluster];
  const [name, { rules }] = affinityChain(view, "affinity-external", usable.local, local);
  const enter = shortCircuit(node, cluster[0]);
  return [cluster, [name, { rules: usable.local.length === 0 ? enter : [...enter, ...rules] }]];
}

function affinityChain(
  view: PortView,
  prefix: string,
  endpoints: readonly ServiceEndpoint[],
  [fallback]: NamedChain,
): NamedChain {
  const { service, node } = view;
  const affine = endpoints.map((endpoint) => affineEndpoint(view, endpoint));
  const seconds =
    service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_TIMEOUT_SECONDS;
  return [
    `${prefix}/${portName(view)}`,
    { rules: affinityRules(node.family, affine, { timeoutMs: seconds * 1000, fallback }) },
  ];
}

function affinitySets(view: PortView): readonly NamedSet[] {
  const { usable, node } = view;
  const definition = affinitySet(node.family);
  const names = [...usable.cluster, ...usable.local].map((endpoint) => affineEndpoint(view, endpoint).set);
  return [...new Set(names)].map((name) => [name, definition]);
}

function affineEndpoint(view: PortView, { address, port }: ServiceEndpoint): AffineEndpoint {
  const { family } = view.node;
  // Names of sets have letters, digits and `_./-` only.
  const host = formatValue([family.type], address).replaceAll(":", ".");
  const number = formatValue(["inet_service"], port);
  return { set: `affinity/${portName(view)}/${host}/${number}`, address, port: port.slice(0, 2) };
}

/** At most 200 characters: names have up to 63, protocols 4. */
function portName({ service, port }: PortView): string {
  const { namespace = "", name } = service.metadata;
  return `${namespace}/${name}/${protocolOf(port).toLowerCase()}/${String(port.port)}`;
}

function isAffine({ spec }: Service): boolean {
  return spec.sessionAffinity === "ClientIP";
}

function hasNodePort({ nodePort = 0 }: ServicePort): boolean {
  return nodePort !== 0;
}

function target({ maps, key }: Frontend, [chain]: NamedChain): PartElement {
  return { set: maps.targets, key, value: `goto ${chain}` };
}

function refuse({ maps, key }: Frontend, verdict: string): PartElement {
  return { set: maps.refusals, key, value: verdict };
}

function endpointElements(
  { maps, key }: Frontend,
  endpoints: readonly ServiceEndpoint[],
  firstIndex: number,
): readonly PartElement[] {
  return endpoints.map(({ address, port }, index) => ({
    set: maps.endpoints,
    key: key + markBytes(firstIndex + index),
    value: address + port,
  }));
}

function hairpin({ cluster, local }: UsableEndpoints): readonly PartElement[] {
  const addresses = new Set([...cluster, ...local].map(({ address }) => address));
  return Array.from(addresses, (address) => ({ set: SETS.hairpin, key: address + address, value: "" }));
}

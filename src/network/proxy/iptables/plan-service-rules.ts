import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import type { SharedRule } from "../../iptables/ruleset.ts";
import { clusterIPOf } from "../frontends.ts";
import type { ProxyNode } from "../proxy-node.ts";
import { CHAINS } from "./base-rules.ts";
import { type ServiceChainKind, serviceChainName } from "./chain-names.ts";
import { type EndpointChain, type PortView, viewPort } from "./port-view.ts";

/** What a Service needs: chains of its own in the `nat` table, and rules in the chains that all Services share. */
export interface ServiceRules {
  readonly chains: readonly (readonly [name: string, rules: readonly string[]])[];
  readonly shared: readonly SharedRule[];
}

const NOTHING: ServiceRules = { chains: [], shared: [] };

/** Pure. The chains, their names and their rules are those of kube-proxy (pkg/proxy/iptables/proxier.go). */
export function planServiceRules(
  service: Service,
  slices: readonly EndpointSlice[],
  node: ProxyNode,
): ServiceRules {
  const clusterIP = clusterIPOf(service, node);
  if (clusterIP === undefined) return NOTHING;
  const plans = (service.spec.ports ?? []).map((port) =>
    planPort(viewPort({ service, port, clusterIP, slices, node })),
  );
  return {
    chains: plans.flatMap(({ chains }) => chains),
    shared: plans.flatMap(({ shared }) => shared),
  };
}

function planPort(view: PortView): ServiceRules {
  const { cluster, local, isExternal, isInternalLocal, isExternalLocal } = view;
  const shared = [...dispatchRules(view), ...refusals(view), ...healthCheckRule(view)];
  if (cluster.length === 0) return { chains: [], shared };
  const usesCluster = isExternal || !isInternalLocal;
  const usesLocal = local.length > 0 && (isInternalLocal || (isExternal && isExternalLocal));
  const reached = new Map(
    [...(usesCluster ? cluster : []), ...(usesLocal ? local : [])].map((each) => [each.chain, each]),
  );
  const chains = [
    ...(isExternal ? [[nameOf(view, "EXT"), externalRules(view)] as const] : []),
    ...(view.sourceRanges.length > 0 ? [[nameOf(view, "FW"), firewallRules(view)] as const] : []),
    ...(usesCluster ? [[nameOf(view, "SVC"), balance(view, cluster, !isInternalLocal)] as const] : []),
    ...(usesLocal ? [[nameOf(view, "SVL"), balance(view, local, isInternalLocal)] as const] : []),
    ...Array.from(reached.values(), (each) => [each.chain, endpointRules(view, each)] as const),
  ];
  return { chains, shared };
}

/** How a connection finds the chains of the port. */
function dispatchRules(view: PortView): readonly SharedRule[] {
  const { port, name, clusterIP, externalIPs, loadBalancerIPs, isInternalLocal, cluster, local } = view;
  if (cluster.length === 0) return [];
  const rule = (address: string, what: string, target: string): SharedRule => ({
    table: "nat",
    chain: CHAINS.services,
    rule: `${match(view, address, `"${name} ${what}"`)} -j ${target}`,
    claim: claimOf(view, address, `nat ${CHAINS.services}`),
  });
  const external = nameOf(view, "EXT");
  const balancer = view.sourceRanges.length > 0 ? nameOf(view, "FW") : external;
  const internal = nameOf(view, isInternalLocal ? "SVL" : "SVC");
  const hasInternal = !isInternalLocal || local.length > 0;
  const nodePort = `${matchNodePort(view, name)} -j ${external}`;
  return [
    ...(hasInternal ? [rule(clusterIP, "cluster IP", internal)] : []),
    ...externalIPs.map((ip) => rule(ip, "external IP", external)),
    ...loadBalancerIPs.map((ip) => rule(ip, "loadbalancer IP", balancer)),
    ...((port.nodePort ?? 0) === 0
      ? []
      : [{ table: "nat" as const, chain: CHAINS.nodePorts, rule: nodePort }]),
  ];
}

/** What happens to connections that get no endpoint. */
function refusals(view: PortView): readonly SharedRule[] {
  const { port, name, clusterIP, externalIPs, loadBalancerIPs, cluster, local } = view;
  const hasAny = cluster.length > 0;
  const target = hasAny ? "DROP" : "REJECT";
  const comment = `"${name} has no ${hasAny ? "local " : ""}endpoints"`;
  const rule = (chain: string, text: string): SharedRule => ({
    table: "filter",
    chain,
    rule: `${text} -j ${target}`,
  });
  const ruleTo = (chain: string, ip: string): SharedRule => ({
    ...rule(chain, match(view, ip, comment)),
    claim: claimOf(view, ip, `filter ${chain}`),
  });
  const isRefused = (isLocal: boolean): boolean => !hasAny || (isLocal && local.length === 0);
  const nodePort = matchNodePort(view, comment, "-m addrtype --dst-type LOCAL ");
  return [
    ...(isRefused(view.isInternalLocal) ? [ruleTo(CHAINS.services, clusterIP)] : []),
    ...(isRefused(view.isExternalLocal)
      ? [
          ...[...externalIPs, ...loadBalancerIPs].map((ip) => ruleTo(CHAINS.externalServices, ip)),
          ...((port.nodePort ?? 0) === 0 ? [] : [rule(CHAINS.externalServices, nodePort)]),
        ]
      : []),
    ...(hasAny && view.sourceRanges.length > 0 ? firewallDrops(view) : []),
  ];
}

/** What no source range lets in has not been translated by then. */
function firewallDrops(view: PortView): readonly SharedRule[] {
  const comment = `"${view.name} traffic not accepted by ${nameOf(view, "FW")}"`;
  return view.loadBalancerIPs.map((ip) => ({
    table: "filter",
    chain: CHAINS.proxyFirewall,
    rule: `${match(view, ip, comment)} -j DROP`,
  }));
}

/** Load balancers must get through to where the health check answers. */
function healthCheckRule({ service: { spec }, name }: PortView): readonly SharedRule[] {
  const port = spec.healthCheckNodePort ?? 0;
  if (spec.type !== "LoadBalancer" || spec.externalTrafficPolicy !== "Local" || port === 0) return [];
  const comment = `-m comment --comment "${name} health check node port"`;
  const rule = `${comment} -m tcp -p tcp --dport ${String(port)} -j ACCEPT`;
  return [{ table: "filter", chain: CHAINS.nodePorts, rule }];
}

/** Where traffic to external addresses goes; pods and the node are not bound to traffic policy Local. */
function externalRules(view: PortView): readonly string[] {
  const { name, node, isExternalLocal, local } = view;
  const commented = (text: string): string =>
    `-m comment --comment "${text} for ${name} external destinations"`;
  const all = nameOf(view, "SVC");
  if (!isExternalLocal) {
    return [`${commented("masquerade traffic")} -j ${CHAINS.markMasquerade}`, `-j ${all}`];
  }
  const [pods] = node.clusterCIDRs;
  const fromNode = "-m addrtype --src-type LOCAL";
  return [
    ...(pods === undefined ? [] : [`${commented("pod traffic")} -s ${pods} -j ${all}`]),
    `${commented("masquerade LOCAL traffic")} ${fromNode} -j ${CHAINS.markMasquerade}`,
    `${commented("route LOCAL traffic")} ${fromNode} -j ${all}`,
    ...(local.length === 0 ? [] : [`-j ${nameOf(view, "SVL")}`]),
  ];
}

function firewallRules(view: PortView): readonly string[] {
  const { name, sourceRanges } = view;
  return [
    ...sourceRanges.map(
      (range) => `-m comment --comment "${name} loadbalancer IP" -s ${range} -j ${nameOf(view, "EXT")}`,
    ),
    `-m comment --comment "other traffic to ${name} will be dropped by KUBE-PROXY-FIREWALL"`,
  ];
}

/** Picks an endpoint: the one that the client had before, else a random one. */
function balance(
  view: PortView,
  endpoints: readonly EndpointChain[],
  isInternal: boolean,
): readonly string[] {
  const { name, clusterIP, node, affinitySeconds } = view;
  const foreign = matchForeign(node);
  const comment = ({ target }: EndpointChain): string => `-m comment --comment "${name} -> ${target}"`;
  const stay = `--rcheck --seconds ${String(affinitySeconds)} --reap`;
  return [
    ...(isInternal && foreign !== undefined
      ? [`${match(view, clusterIP, `"${name} cluster IP"`)} ${foreign}-j ${CHAINS.markMasquerade}`]
      : []),
    ...(affinitySeconds === undefined
      ? []
      : endpoints.map((each) => `${comment(each)} -m recent --name ${each.chain} ${stay} -j ${each.chain}`)),
    ...endpoints.map((each, index) => {
      const rest = endpoints.length - index;
      const chance = rest === 1 ? "" : `-m statistic --mode random --probability ${(1 / rest).toFixed(10)} `;
      return `${comment(each)} ${chance}-j ${each.chain}`;
    }),
  ];
}

/** Whose source address is hidden from endpoints of a cluster IP; undefined for nobody's. */
function matchForeign({ clusterCIDRs: [pods], masqueradesAll = false }: ProxyNode): string | undefined {
  if (masqueradesAll) return "";
  return pods === undefined ? undefined : `! -s ${pods} `;
}

/** An endpoint that reaches itself must not see its own address. */
function endpointRules(
  { name, protocol, affinitySeconds }: PortView,
  { chain, address, target }: EndpointChain,
): readonly string[] {
  const comment = `-m comment --comment ${name}`;
  const remember = affinitySeconds === undefined ? "" : `-m recent --name ${chain} --set `;
  return [
    `${comment} -s ${address} -j ${CHAINS.markMasquerade}`,
    `${comment} ${remember}-m ${protocol} -p ${protocol} -j DNAT --to-destination ${target}`,
  ];
}

function match({ protocol, port }: PortView, address: string, comment: string): string {
  return `-m comment --comment ${comment} -m ${protocol} -p ${protocol} -d ${address} --dport ${String(port.port)}`;
}

function claimOf({ protocol, port }: PortView, address: string, chain: string): string {
  return `${chain} ${protocol} ${address} ${String(port.port)}`;
}

function matchNodePort({ protocol, port }: PortView, comment: string, also = ""): string {
  return `-m comment --comment ${comment} ${also}-m ${protocol} -p ${protocol} --dport ${String(port.nodePort ?? 0)}`;
}

function nameOf({ name, protocol }: PortView, kind: ServiceChainKind): string {
  return serviceChainName(kind, { port: name, protocol });
}

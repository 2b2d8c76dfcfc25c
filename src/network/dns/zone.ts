import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { type CIDR, containsIP, formatIP, parseCIDR, parseIP } from "#base/cidr.ts";

/**
 * The names of a cluster, after the Kubernetes DNS specification 1.1.0 (kubernetes/dns `docs/specification.md`).
 * Everything here is a pure function of the caches; `cluster-dns.ts` gives it sockets.
 */

/** Seconds that resolvers may keep an answer: CoreDNS' kubernetes plugin says 5. */
const TTL_SECONDS = 5;
const SCHEMA_VERSION = "1.1.0";
const SRV_WEIGHT = 100;

export interface Question {
  /** As it was asked; compared without regard to case. */
  readonly name: string;
  readonly type: string;
}

export type DnsRecord = { readonly name: string; readonly ttl: number } & (
  | { readonly type: "A" | "AAAA" | "CNAME" | "PTR" | "NS"; readonly data: string }
  | { readonly type: "TXT"; readonly data: string }
  | {
      readonly type: "SRV";
      readonly data: {
        readonly priority: number;
        readonly weight: number;
        readonly port: number;
        readonly target: string;
      };
    }
  | {
      readonly type: "SOA";
      readonly data: {
        readonly mname: string;
        readonly rname: string;
        readonly serial: number;
        readonly refresh: number;
        readonly retry: number;
        readonly expire: number;
        readonly minimum: number;
      };
    }
);

/** What the zone knows about a name. `forward` hands the question, or a CNAME's target, to other servers. */
export type ZoneAnswer =
  | {
      readonly type: "records";
      readonly answers: readonly DnsRecord[];
      readonly additionals: readonly DnsRecord[];
    }
  /** The name is an alias for one outside the cluster. */
  | { readonly type: "alias"; readonly record: DnsRecord; readonly target: string }
  | { readonly type: "noData" | "noSuchName"; readonly authority: DnsRecord }
  | { readonly type: "forward" };

/** Read access to what names are made of. */
export interface ZoneView {
  /** Without a dot at the end, lower case: `cluster.local`. */
  readonly domain: string;
  /** Networks whose addresses are looked up here and nowhere else. */
  readonly networks: readonly CIDR[];
  hasNamespace(name: string): boolean;
  service(namespace: string, name: string): Service | undefined;
  slices(namespace: string, service: string): readonly EndpointSlice[];
  serviceByAddress(address: string): Service | undefined;
  slicesByAddress(address: string): readonly EndpointSlice[];
}

/** Answers one question from the cluster's names. */
export function resolveInZone(view: ZoneView, { name, type }: Question): ZoneAnswer {
  const lower = name.toLowerCase().replace(/\.$/, "");
  const address = reverseAddress(lower);
  if (address !== undefined) return resolveAddress(view, lower, address, type);
  if (lower !== view.domain && !lower.endsWith(`.${view.domain}`)) return { type: "forward" };
  const labels = lower
    .slice(0, -view.domain.length)
    .split(".")
    .filter((label) => label !== "");
  const node = findName(view, labels);
  if (node === undefined) return { type: "noSuchName", authority: startOfAuthority(view) };
  const records = recordsOf(view, node, lower, type);
  return records ?? { type: "noData", authority: startOfAuthority(view) };
}

/** A place in the tree of names. */
type Name =
  | { readonly type: "apex" | "version" | "branch" }
  | { readonly type: "service"; readonly service: Service }
  | { readonly type: "host"; readonly targets: readonly Target[] }
  | { readonly type: "port"; readonly service: Service; readonly targets: readonly Target[] }
  | { readonly type: "pod"; readonly address: string };

/** One address that a name leads to. */
interface Target {
  readonly address: string;
  /** The name below its Service: the endpoint's host name, or its address with dashes. */
  readonly host: string;
  /** 0 where no port was asked for. */
  readonly port: number;
}

/** `labels` are those before the cluster domain, in the order they are written. */
function findName(view: ZoneView, labels: readonly string[]): Name | undefined {
  const [branch, namespace, ...rest] = labels.toReversed();
  if (branch === undefined) return { type: "apex" };
  if (branch === "dns-version" && namespace === undefined) return { type: "version" };
  if (branch !== "svc" && branch !== "pod") return undefined;
  if (namespace === undefined) return { type: "branch" };
  if (rest.length === 0) return view.hasNamespace(namespace) ? { type: "branch" } : undefined;
  return branch === "pod" ? findPod(view, namespace, rest) : findService(view, namespace, rest);
}

/** `10-42-0-5.default.pod`: answered for every namespace that exists, as CoreDNS' `pods insecure`. */
function findPod(
  view: ZoneView,
  namespace: string,
  [label = "", ...more]: readonly string[],
): Name | undefined {
  const address = parseIP(label.replaceAll("-", ".")) ?? parseIP(label.replaceAll("-", ":"));
  if (address === undefined || more.length > 0 || !view.hasNamespace(namespace)) return undefined;
  return { type: "pod", address: formatIP(address) };
}

/** `web`, `host.web` or `_http._tcp.web`, given from right to left. */
function findService(
  view: ZoneView,
  namespace: string,
  [name = "", second, third, ...more]: readonly string[],
): Name | undefined {
  const service = view.service(namespace, name);
  if (service === undefined || more.length > 0) return undefined;
  if (second === undefined) return { type: "service", service };
  if (third !== undefined) return findPort(view, service, third, second);
  const targets = endpointTargets(view, service).filter(({ host }) => host === second);
  return isHeadless(service) && targets.length > 0 ? { type: "host", targets: unique(targets) } : undefined;
}

function findPort(view: ZoneView, service: Service, port: string, protocol: string): Name | undefined {
  if (!port.startsWith("_") || !protocol.startsWith("_")) return undefined;
  const wanted = { name: port.slice(1), protocol: protocol.slice(1).toUpperCase() };
  const targets = portTargets(view, service, wanted);
  return targets.length > 0 ? { type: "port", service, targets } : undefined;
}

interface WantedPort {
  readonly name: string;
  readonly protocol: string;
}

function portTargets(view: ZoneView, service: Service, wanted: WantedPort): readonly Target[] {
  if (isHeadless(service)) return endpointTargets(view, service, wanted);
  const port = service.spec.ports?.find(
    (each) => (each.name ?? "") === wanted.name && (each.protocol ?? "TCP") === wanted.protocol,
  );
  return port === undefined
    ? []
    : clusterAddresses(service).map((address) => ({ address, host: "", port: port.port }));
}

/** Addresses of a headless Service: ready ones, or all of them where it publishes those that are not. */
function endpointTargets(view: ZoneView, service: Service, wanted?: WantedPort): readonly Target[] {
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
    );
}

function portsOf({ ports }: EndpointSlice, wanted: WantedPort | undefined): readonly number[] {
  if (wanted === undefined) return [0];
  return (ports ?? [])
    .filter(({ name = "", protocol }) => name === wanted.name && (protocol ?? "TCP") === wanted.protocol)
    .flatMap(({ port }) => port ?? []);
}

function recordsOf(view: ZoneView, node: Name, name: string, type: string): ZoneAnswer | undefined {
  switch (node.type) {
    case "apex":
      return apexRecords(view, name, type);
    case "branch":
      return undefined;
    case "version":
      return type === "TXT"
        ? answers([{ name, ttl: TTL_SECONDS, type: "TXT", data: SCHEMA_VERSION }])
        : undefined;
    case "service":
      return serviceRecords(view, node.service, name, type);
    case "host":
      return addressRecords(
        name,
        type,
        node.targets.map(({ address }) => address),
      );
    case "pod":
      return addressRecords(name, type, [node.address]);
    case "port":
      return type === "SRV" ? portRecords(view, node.service, name, node.targets) : undefined;
  }
}

function apexRecords(view: ZoneView, name: string, type: string): ZoneAnswer | undefined {
  if (type === "SOA") return answers([startOfAuthority(view)]);
  if (type !== "NS") return undefined;
  return answers([{ name, ttl: TTL_SECONDS, type: "NS", data: `ns.dns.${view.domain}` }]);
}

function serviceRecords(
  view: ZoneView,
  service: Service,
  name: string,
  type: string,
): ZoneAnswer | undefined {
  if (service.spec.type === "ExternalName") return aliasOf(service, name);
  if (type === "SRV") return everyPort(view, service, name);
  const addresses = isHeadless(service)
    ? unique(endpointTargets(view, service)).map(({ address }) => address)
    : clusterAddresses(service);
  return addressRecords(name, type, addresses);
}

function aliasOf(service: Service, name: string): ZoneAnswer {
  const target = (service.spec.externalName ?? "").replace(/\.$/, "");
  return { type: "alias", target, record: { name, ttl: TTL_SECONDS, type: "CNAME", data: target } };
}

/** SRV of a Service's own name lists all of its named ports. */
function everyPort(view: ZoneView, service: Service, name: string): ZoneAnswer | undefined {
  const targets = (service.spec.ports ?? []).flatMap(({ name: port = "", protocol = "TCP" }) =>
    portTargets(view, service, { name: port, protocol }),
  );
  return targets.length > 0 ? portRecords(view, service, name, targets) : undefined;
}

function portRecords(view: ZoneView, service: Service, name: string, targets: readonly Target[]): ZoneAnswer {
  const owner = serviceName(view, service);
  const named = targets.map((target) => ({
    ...target,
    target: target.host === "" ? owner : `${target.host}.${owner}`,
  }));
  return {
    type: "records",
    answers: named.map(({ port, target }) => ({
      name,
      ttl: TTL_SECONDS,
      type: "SRV",
      data: { priority: 0, weight: Math.max(1, Math.floor(SRV_WEIGHT / named.length)), port, target },
    })),
    additionals: unique(named).map(({ target, address }) => addressRecord(target, address)),
  };
}

function addressRecords(name: string, type: string, addresses: readonly string[]): ZoneAnswer | undefined {
  const records = addresses
    .map((address) => addressRecord(name, address))
    .filter((record) => record.type === type);
  return records.length > 0 ? answers(records) : undefined;
}

function addressRecord(name: string, address: string): DnsRecord {
  return { name, ttl: TTL_SECONDS, type: address.includes(":") ? "AAAA" : "A", data: address };
}

/** PTR: a ClusterIP leads to its Service, an endpoint of a headless Service with a host name to that name. */
function resolveAddress(view: ZoneView, name: string, address: string, type: string): ZoneAnswer {
  const names = namesOfAddress(view, address);
  const parsed = parseIP(address);
  const isOurs = names.length > 0 || view.networks.some((network) => parsed && containsIP(network, parsed));
  if (!isOurs) return { type: "forward" };
  if (names.length === 0) return { type: "noSuchName", authority: startOfAuthority(view) };
  if (type !== "PTR") return { type: "noData", authority: startOfAuthority(view) };
  return answers(names.map((data) => ({ name, ttl: TTL_SECONDS, type: "PTR", data })));
}

function namesOfAddress(view: ZoneView, address: string): readonly string[] {
  const service = view.serviceByAddress(address);
  if (service !== undefined) return [serviceName(view, service)];
  return view.slicesByAddress(address).flatMap(({ metadata, endpoints }) => {
    const owner = view.service(
      metadata.namespace ?? "",
      metadata.labels?.["kubernetes.io/service-name"] ?? "",
    );
    if (owner === undefined || !isHeadless(owner)) return [];
    return endpoints
      .filter(({ addresses, hostname }) => hostname !== undefined && addresses.includes(address))
      .map(({ hostname = "" }) => `${hostname}.${serviceName(view, owner)}`);
  });
}

/** The address that a name under in-addr.arpa or ip6.arpa stands for (RFC 1035 3.5, RFC 3596 2.5). */
export function reverseAddress(name: string): string | undefined {
  const v4 = /^((?:\d+\.){4})in-addr\.arpa$/.exec(name)?.[1];
  if (v4 !== undefined) return canonical(v4.split(".").filter(Boolean).toReversed().join("."));
  const v6 = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name)?.[1];
  if (v6 === undefined) return undefined;
  const digits = v6.replaceAll(".", "").split("").toReversed().join("");
  return canonical(digits.match(/.{4}/g)?.join(":") ?? "");
}

function canonical(text: string): string | undefined {
  const address = parseIP(text);
  return address && formatIP(address);
}

/** The networks whose reverse names belong to the cluster. Throws a RangeError for what is not a network. */
export function zoneNetworks(cidrs: readonly string[]): readonly CIDR[] {
  return cidrs.map((text) => {
    const cidr = parseCIDR(text);
    if (cidr === undefined) throw new RangeError(`Not a network: "${text}"`);
    return cidr;
  });
}

function answers(records: readonly DnsRecord[]): ZoneAnswer {
  return { type: "records", answers: records, additionals: [] };
}

function startOfAuthority({ domain }: ZoneView): DnsRecord {
  return {
    name: domain,
    ttl: TTL_SECONDS,
    type: "SOA",
    data: {
      mname: `ns.dns.${domain}`,
      rname: `hostmaster.${domain}`,
      serial: 1,
      refresh: 7200,
      retry: 1800,
      expire: 86400,
      minimum: TTL_SECONDS,
    },
  };
}

function serviceName({ domain }: ZoneView, { metadata }: Service): string {
  return `${metadata.name}.${metadata.namespace ?? ""}.svc.${domain}`;
}

function isHeadless({ spec }: Service): boolean {
  return spec.clusterIP === "None";
}

function clusterAddresses({ spec }: Service): readonly string[] {
  const addresses = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]);
  return addresses.filter((address) => address !== "" && address !== "None");
}

function dashed(address: string): string {
  return address.replaceAll(/[.:]/g, "-");
}

function unique<T extends Target>(targets: readonly T[]): readonly T[] {
  return [...new Map(targets.map((target) => [target.address, target])).values()];
}

import type { Service } from "#api/generated/core-v1.ts";
import { formatIP, parseIP } from "#base/cidr.ts";
import { resolveReverse } from "./reverse-zone.ts";
import {
  clusterAddresses,
  endpointTargets,
  isHeadless,
  portTargets,
  serviceName,
  type Target,
} from "./service-targets.ts";
import { isWithin } from "./wire/domain-name.ts";
import type { Question } from "./wire/query.ts";
import { addressRecord, nameRecord, type ResourceRecord, serviceRecord, textRecord } from "./wire/record.ts";
import { RCODE, TYPE } from "./wire/record-type.ts";
import type { Answer } from "./wire/reply.ts";
import { absent, found, startOfAuthority, TTL_SECONDS } from "./zone-answer.ts";
import { DNS_SERVICE, type ZoneView } from "./zone-view.ts";

/**
 * The names of a cluster, after the Kubernetes DNS specification 1.1.0 (kubernetes/dns `docs/specification.md`) and,
 * where it leaves something open, CoreDNS' kubernetes plugin. Everything here is a pure function of the caches.
 */

const SCHEMA_VERSION = "1.1.0";
const SCHEMA_TTL_SECONDS = 28_800;
const SRV_WEIGHT = 100;

/** What the zone knows about a name. `forward` hands the question, or a CNAME's target, to other servers. */
export type ZoneAnswer =
  | { readonly type: "answer"; readonly answer: Answer }
  /** The name is an alias for one outside the cluster. */
  | { readonly type: "alias"; readonly record: ResourceRecord; readonly target: string }
  | { readonly type: "forward" };

/** Answers one question from the cluster's names. */
export function resolveInZone(view: ZoneView, question: Question): ZoneAnswer {
  const { name } = question;
  const reverse = resolveReverse(view, question);
  if (reverse !== undefined) return { type: "answer", answer: reverse };
  if (!isWithin(name, view.domain)) return { type: "forward" };
  const labels = name
    .slice(0, -view.domain.length)
    .split(".")
    .filter((label) => label !== "");
  const node = findName(view, labels);
  const authority = startOfAuthority(view, view.domain);
  if (node === undefined) return { type: "answer", answer: absent(view, RCODE.NXDOMAIN, authority) };
  if (node.type === "alias")
    return {
      type: "alias",
      target: node.target,
      record: nameRecord(name, TTL_SECONDS, "CNAME", node.target),
    };
  return {
    type: "answer",
    answer: recordsOf(view, node, question) ?? absent(view, RCODE.NOERROR, authority),
  };
}

/** A place in the tree of names. */
type Name =
  | { readonly type: "apex" | "version" | "branch" | "nameServer" }
  | { readonly type: "alias"; readonly target: string }
  | { readonly type: "service"; readonly service: Service }
  | { readonly type: "host"; readonly targets: readonly Target[] }
  | { readonly type: "port"; readonly service: Service; readonly targets: readonly Target[] };

/** `labels` are those before the cluster domain, in the order they are written. */
function findName(view: ZoneView, labels: readonly string[]): Name | undefined {
  const [branch, namespace, ...rest] = labels.toReversed();
  if (branch === undefined) return { type: "apex" };
  if (branch === "dns-version" && namespace === undefined) return { type: "version" };
  if (branch === "dns" && rest.length === 0) {
    if (namespace === "ns") return { type: "nameServer" };
    return namespace === undefined ? { type: "branch" } : undefined;
  }
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
  const parsed = parseIP(label.replaceAll("-", ".")) ?? parseIP(label.replaceAll("-", ":"));
  if (parsed === undefined || more.length > 0 || !view.hasNamespace(namespace)) return undefined;
  return { type: "host", targets: [{ address: formatIP(parsed), host: "", port: 0 }] };
}

/** `web`, `host.web` or `_http._tcp.web`, given from right to left. */
function findService(
  view: ZoneView,
  namespace: string,
  [name = "", second, third, ...more]: readonly string[],
): Name | undefined {
  const service = view.service(namespace, name);
  if (service === undefined || more.length > 0) return undefined;
  if (service.spec.type === "ExternalName") return second === undefined ? aliasOf(service) : undefined;
  if (second !== undefined && third !== undefined) return findPort(view, service, third, second);
  // No ready endpoints: the specification wants NXDOMAIN (2.4.1).
  const targets = isHeadless(service) || second !== undefined ? endpointTargets(view, service) : undefined;
  if (second === undefined) return targets?.length === 0 ? undefined : { type: "service", service };
  const named = (targets ?? []).filter(({ host }) => host === second);
  return named.length > 0 ? { type: "host", targets: named } : undefined;
}

/** An address is no name that an alias can lead to; CoreDNS does not know such a Service either. */
function aliasOf({ spec }: Service): Name | undefined {
  const target = (spec.externalName ?? "").replace(/\.$/, "");
  return target === "" || parseIP(target) !== undefined ? undefined : { type: "alias", target };
}

function findPort(view: ZoneView, service: Service, port: string, protocol: string): Name | undefined {
  if (!port.startsWith("_") || !protocol.startsWith("_")) return undefined;
  const wanted = { name: port.slice(1), protocol: protocol.slice(1).toUpperCase() };
  const targets = wanted.name === "" ? [] : portTargets(view, service, wanted);
  return targets.length > 0 ? { type: "port", service, targets } : undefined;
}

type Known = Exclude<Name, { readonly type: "alias" }>;

function recordsOf(view: ZoneView, node: Known, { name, type }: Question): Answer | undefined {
  switch (node.type) {
    case "apex":
      return apexRecords(view, name, type);
    case "branch":
      return undefined;
    case "version":
      return type === TYPE.TXT ? found([textRecord(name, SCHEMA_TTL_SECONDS, SCHEMA_VERSION)]) : undefined;
    case "nameServer":
      return addressRecords(name, type, serverAddresses(view));
    case "service":
      return serviceRecords(view, node.service, name, type);
    case "host":
      return addressRecords(name, type, addressesOf(node.targets));
    case "port":
      return type === TYPE.SRV
        ? portRecords(view, node.service, name, node.targets)
        : addressRecords(name, type, addressesOf(node.targets));
  }
}

function apexRecords(view: ZoneView, name: string, type: number): Answer | undefined {
  if (type === TYPE.SOA) return found([startOfAuthority(view, view.domain)]);
  if (type !== TYPE.NS) return undefined;
  const server = `ns.dns.${view.domain}`;
  return found(
    [nameRecord(name, TTL_SECONDS, "NS", server)],
    serverAddresses(view).map((address) => addressRecord(server, TTL_SECONDS, address)),
  );
}

function serverAddresses(view: ZoneView): readonly string[] {
  const service = view.service(DNS_SERVICE.namespace, DNS_SERVICE.name);
  return service === undefined ? [] : clusterAddresses(service);
}

function serviceRecords(view: ZoneView, service: Service, name: string, type: number): Answer | undefined {
  if (type === TYPE.SRV) return everyPort(view, service, name);
  const addresses = isHeadless(service)
    ? addressesOf(endpointTargets(view, service))
    : clusterAddresses(service);
  return addressRecords(name, type, addresses);
}

/** SRV of a Service's own name lists all of its ports. */
function everyPort(view: ZoneView, service: Service, name: string): Answer | undefined {
  const targets = (service.spec.ports ?? []).flatMap(({ name: port = "", protocol = "TCP" }) =>
    portTargets(view, service, { name: port, protocol }),
  );
  return targets.length > 0 ? portRecords(view, service, name, targets) : undefined;
}

function portRecords(view: ZoneView, service: Service, name: string, targets: readonly Target[]): Answer {
  const owner = serviceName(view, service);
  const named = targets.map(({ host, ...target }) => ({
    ...target,
    target: host === "" ? owner : `${host}.${owner}`,
  }));
  // An endpoint has one record for each port, whatever the number of its addresses.
  const places = [...new Map(named.map((each) => [`${each.target} ${String(each.port)}`, each])).values()];
  const weight = Math.max(1, Math.floor(SRV_WEIGHT / places.length));
  const addresses = [...new Map(named.map((each) => [each.address, each])).values()];
  return found(
    places.map(({ port, target }) => serviceRecord(name, TTL_SECONDS, { priority: 0, weight, port, target })),
    addresses.map(({ target, address }) => addressRecord(target, TTL_SECONDS, address)),
  );
}

function addressesOf(targets: readonly Target[]): readonly string[] {
  return [...new Set(targets.map(({ address }) => address))];
}

function addressRecords(name: string, type: number, addresses: readonly string[]): Answer | undefined {
  const records = addresses
    .map((address) => addressRecord(name, TTL_SECONDS, address))
    .filter((record) => record.type === type);
  return records.length > 0 ? found(records) : undefined;
}

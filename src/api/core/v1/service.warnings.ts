/** What is allowed in a Service and does not do what one would think (`pkg/api/service/warnings.go`). */
import { indexPath } from "#apimachinery/field-error.ts";
import type { Service, ServiceSpec } from "../../generated/core-v1.ts";
import { cidrWarnings, ipWarnings } from "../../validation/ip-fields.ts";

const TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints";

export function serviceWarnings({ metadata, spec }: Service): readonly string[] {
  const { externalIPs, loadBalancerIP = "", loadBalancerSourceRanges } = spec;
  const hasHints = metadata.annotations?.[TOPOLOGY_HINTS] !== undefined;
  return [
    ...(hasHints
      ? [`annotation ${TOPOLOGY_HINTS} is deprecated, please use service.kubernetes.io/topology-mode instead`]
      : []),
    ...(isHeadless(spec)
      ? headlessWarnings(spec)
      : listWarnings(spec.clusterIPs, "spec.clusterIPs", ipWarnings)),
    ...listWarnings(externalIPs, "spec.externalIPs", ipWarnings),
    ...deprecatedIpsWarnings(spec),
    ...ipWarnings(loadBalancerIP, "spec.loadBalancerIP"),
    ...listWarnings(loadBalancerSourceRanges, "spec.loadBalancerSourceRanges", cidrWarnings),
    ...typeWarnings(spec),
    ...(spec.trafficDistribution === "PreferClose"
      ? ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"']
      : []),
  ];
}

export function serviceStatusWarnings({ status }: Service): readonly string[] {
  const ingress = status?.loadBalancer?.ingress ?? [];
  return listWarnings(
    ingress.map(({ ip = "" }) => ip),
    "status.loadBalancer.ingress",
    ipWarnings,
  );
}

function isHeadless({ type, clusterIP }: ServiceSpec): boolean {
  return type === "ClusterIP" && clusterIP === "None";
}

function headlessWarnings({ loadBalancerIP = "", externalIPs = [], sessionAffinity }: ServiceSpec) {
  return [
    ...(loadBalancerIP === "" ? [] : ["spec.loadBalancerIP"]),
    ...(externalIPs.length === 0 ? [] : ["spec.externalIPs"]),
    ...(sessionAffinity === "None" ? [] : ["spec.SessionAffinity"]),
  ].map((field) => `${field} is ignored for headless services`);
}

function deprecatedIpsWarnings(spec: ServiceSpec): readonly string[] {
  const isIgnored = isHeadless(spec) || spec.type === "ExternalName";
  return isIgnored || (spec.externalIPs ?? []).length === 0
    ? []
    : ["spec.externalIPs is deprecated and may no longer be implemented in some clusters"];
}

function typeWarnings({ type, externalIPs = [], externalName = "" }: ServiceSpec): readonly string[] {
  const isExternal = type === "ExternalName";
  return [
    ...(isExternal && externalIPs.length > 0
      ? ['spec.externalIPs is ignored when spec.type is "ExternalName"']
      : []),
    ...(!isExternal && externalName !== ""
      ? ['spec.externalName is ignored when spec.type is not "ExternalName"']
      : []),
  ];
}

function listWarnings(
  texts: readonly string[] | undefined,
  path: string,
  warningsOf: (text: string, path: string) => readonly string[],
): readonly string[] {
  return (texts ?? []).flatMap((text, index) => warningsOf(text, indexPath(path, index)));
}

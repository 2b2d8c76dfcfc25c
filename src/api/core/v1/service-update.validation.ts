import { type FieldError, forbidden, invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import type { LoadBalancerIngress, Service, ServiceSpec } from "../../generated/core-v1.ts";
import { checkFormat, checkSupported, validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { ipFamilyOf, validateLegacyIp } from "../../validation/ip-fields.ts";
import { validateLoadBalancerClass, validateService } from "./service.validation.ts";
import { isHeadless, needsHealthCheckPort } from "./service-type.ts";

const FROZEN = "may not change once set";

/** In the order in which messages list them. */
const IP_MODES: readonly string[] = ["Proxy", "VIP"];

export function validateServiceUpdate(next: Service, previous: Service): FieldErrors {
  return collectErrors(
    validateClusterIpChange(next.spec, previous.spec),
    validateFamilyChange(next.spec, previous.spec),
    validateClassChange(next.spec, previous.spec),
    validateHealthCheckPortChange(next.spec, previous.spec),
    validateService(next, previous),
  );
}

export function validateServiceStatusUpdate(next: Service, previous: Service): FieldErrors {
  const ingress = next.status?.loadBalancer?.ingress ?? [];
  const path = "status.loadBalancer.ingress";
  if (next.spec.type !== "LoadBalancer" && ingress.length > 0) {
    return [forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  const known = (previous.status?.loadBalancer?.ingress ?? []).flatMap(({ ip = "" }) =>
    ip === "" ? [] : [ip],
  );
  return validateEach(ingress, path, (each, ingressPath) => validateIngress(each, known, ingressPath));
}

/** A second address may come and go; the first one stays while the Service has addresses at all. */
function validateClusterIpChange(next: ServiceSpec, previous: ServiceSpec): FieldErrors {
  if (isExternalName(next, previous) || (isHeadless(next) && isHeadless(previous))) return [];
  const { clusterIPs = [] } = next;
  const { clusterIPs: oldIps = [] } = previous;
  const isPrimaryChanged = oldIps.length > 0 && clusterIPs.length > 0 && clusterIPs[0] !== oldIps[0];
  if (clusterIPs.length === oldIps.length) {
    return oldIps.flatMap((ip, index) =>
      ip === clusterIPs[index] ? [] : [invalid(`spec.clusterIPs[${String(index)}]`, next.clusterIPs, FROZEN)],
    );
  }
  return collectErrors(
    clusterIPs.length === 0 &&
      invalid("spec.clusterIPs[0]", next.clusterIPs, "primary clusterIP can not be unset"),
    isPrimaryChanged && invalid("spec.clusterIPs[0]", next.clusterIPs, FROZEN),
    clusterIPs.length === 1 && oldIps.length > 1 && requireSingleStack(next, "clusterIP"),
  );
}

/** As for the addresses; upstream gives the addresses as the bad value of some of these errors. */
function validateFamilyChange(next: ServiceSpec, previous: ServiceSpec): FieldErrors {
  if (isExternalName(next, previous) || isHeadless(next) || isHeadless(previous)) return [];
  const { ipFamilies = [], clusterIPs = [] } = next;
  const { ipFamilies: oldFamilies = [] } = previous;
  const path = "spec.ipFamilies[0]";
  if (ipFamilies.length === oldFamilies.length) {
    return oldFamilies.flatMap((family, index) =>
      family === ipFamilies[index] ? [] : [invalid(path, next.ipFamilies, FROZEN)],
    );
  }
  const isLess = ipFamilies.length < oldFamilies.length;
  const isPrimaryChanged =
    oldFamilies.length > 0 && ipFamilies.length > 0 && ipFamilies[0] !== oldFamilies[0];
  return collectErrors(
    isLess && clusterIPs.length === 0 && invalid(path, next.ipFamilies, "primary ipFamily can not be unset"),
    isPrimaryChanged && invalid(path, next.clusterIPs, FROZEN),
    isLess && ipFamilies.length === 1 && requireSingleStack(next, "ipFamily"),
  );
}

function requireSingleStack({ ipFamilyPolicy }: ServiceSpec, what: string): FieldErrors {
  if (ipFamilyPolicy === "SingleStack") return [];
  const message = `must be set to 'SingleStack' when releasing the secondary ${what}`;
  return [invalid("spec.ipFamilyPolicy", ipFamilyPolicy, message)];
}

function isExternalName(next: ServiceSpec, previous: ServiceSpec): boolean {
  return next.type === "ExternalName" || previous.type === "ExternalName";
}

function validateClassChange(next: ServiceSpec, previous: ServiceSpec): FieldErrors {
  const isBoth = next.type === "LoadBalancer" && previous.type === "LoadBalancer";
  const { loadBalancerClass } = next;
  return collectErrors(
    isBoth &&
      loadBalancerClass !== previous.loadBalancerClass &&
      invalid("spec.loadBalancerClass", loadBalancerClass, FROZEN),
    validateLoadBalancerClass(next),
  );
}

function validateHealthCheckPortChange(next: ServiceSpec, previous: ServiceSpec): FieldErrors {
  const isBoth = needsHealthCheckPort(next) && needsHealthCheckPort(previous);
  return isBoth && (next.healthCheckNodePort ?? 0) !== (previous.healthCheckNodePort ?? 0)
    ? [forbidden("spec.healthCheckNodePort", "field is immutable")]
    : [];
}

function validateIngress(
  { ip = "", ipMode, hostname = "" }: LoadBalancerIngress,
  known: readonly string[],
  path: string,
): readonly FieldError[] {
  return collectErrors(
    ip !== "" && validateLegacyIp(ip, `${path}.ip`, known),
    validateIpMode(ip, ipMode, `${path}.ipMode`),
    hostname !== "" && checkFormat(hostname, `${path}.hostname`, checkDNS1123Subdomain),
    ipFamilyOf(hostname) !== undefined &&
      invalid(`${path}.hostname`, hostname, "must be a DNS name, not an IP address"),
  );
}

function validateIpMode(ip: string, ipMode: string | undefined, path: string): FieldErrors {
  if (ipMode === undefined) return ip === "" ? [] : [required(path, "must be specified when `ip` is set")];
  if (ip === "") return [forbidden(path, "may not be specified when `ip` is not set")];
  return checkSupported(ipMode, path, IP_MODES);
}

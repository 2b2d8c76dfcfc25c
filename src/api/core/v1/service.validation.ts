import { type FieldError, forbidden, invalid, keyPath, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain, checkPortNumber, checkQualifiedName } from "#apimachinery/formats.ts";
import { validateLabels } from "#apimachinery/selectors/label-validation.ts";
import type { Service, ServiceSpec } from "../../generated/core-v1.ts";
import {
  checkFormat,
  checkNumber,
  checkSupported,
  requireSupported,
  validateEach,
  validateOptional,
} from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateEndpointIp, validateLegacyCidr, validateLegacyIp } from "../../validation/ip-fields.ts";
import { validateServiceAddresses } from "./service-addresses.validation.ts";
import { validateNodePorts, validateServicePorts, validateUniquePorts } from "./service-ports.validation.ts";
import { isExternallyAccessible, isHeadless, needsHealthCheckPort } from "./service-type.ts";

/** In the order in which messages list them, as all sets here. */
const TYPES: readonly string[] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const AFFINITIES: readonly string[] = ["ClientIP", "None"];
const TRAFFIC_POLICIES: readonly string[] = ["Cluster", "Local"];
const DISTRIBUTIONS: readonly string[] = ["PreferClose", "PreferSameZone", "PreferSameNode"];

const MAX_AFFINITY_SECONDS = 86_400;

const TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints";
const TOPOLOGY_MODE = "service.kubernetes.io/topology-mode";
const SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges";

const LOAD_BALANCER_ONLY = "may only be used when `type` is 'LoadBalancer'";

/** Addresses that the old object had are not looked at, as rules have become stricter. */
export function validateService(service: Service, previous?: Service): FieldErrors {
  const { spec } = service;
  const isLoadBalancer = spec.type === "LoadBalancer";
  const { allocateLoadBalancerNodePorts } = spec;
  return collectErrors(
    validateTopologyAnnotations(service),
    validateType(spec),
    validateServicePorts(spec, "spec.ports"),
    validateLabels(spec.selector, "spec.selector"),
    validateAffinity(spec),
    validateServiceAddresses(spec, previous?.spec),
    validateExternalIps(spec, previous?.spec),
    requireSupported(spec.type, "spec.type", TYPES),
    validateNodePorts(spec, "spec.ports"),
    validateUniquePorts(spec.ports, "spec.ports"),
    validateSourceRanges(service, previous),
    allocateLoadBalancerNodePorts !== undefined &&
      !isLoadBalancer &&
      forbidden("spec.allocateLoadBalancerNodePorts", LOAD_BALANCER_ONLY),
    isLoadBalancer &&
      allocateLoadBalancerNodePorts === undefined &&
      required("allocateLoadBalancerNodePorts"),
    validateLoadBalancerClass(spec),
    validateExternalTraffic(spec),
    validateHealthCheckPort(spec),
    validateInternalTraffic(spec),
    checkSupported(spec.trafficDistribution, "spec.trafficDistribution", DISTRIBUTIONS),
  );
}

export function validateLoadBalancerClass({ type, loadBalancerClass }: ServiceSpec): FieldErrors {
  if (loadBalancerClass === undefined) return [];
  return type === "LoadBalancer"
    ? checkFormat(loadBalancerClass, "spec.loadBalancerClass", checkQualifiedName)
    : [forbidden("spec.loadBalancerClass", LOAD_BALANCER_ONLY)];
}

function validateTopologyAnnotations({ metadata: { annotations } }: Service): FieldErrors {
  const hints = annotations?.[TOPOLOGY_HINTS];
  const mode = annotations?.[TOPOLOGY_MODE];
  if (hints === undefined || mode === undefined || hints === mode) return [];
  const message = `must match annotations[${TOPOLOGY_HINTS}] when both are specified`;
  return [invalid(keyPath("metadata.annotations", TOPOLOGY_MODE), mode, message)];
}

function validateType(spec: ServiceSpec): FieldErrors {
  const { type, ports = [] } = spec;
  const isExternal = type === "ExternalName";
  const needsIp = type === "LoadBalancer" || type === "NodePort";
  return collectErrors(
    ports.length === 0 && !isHeadless(spec) && !isExternal && required("spec.ports"),
    needsIp &&
      isHeadless(spec) &&
      invalid("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`),
    isExternal && validateExternalName(spec),
  );
}

/** A name may end in a dot, which says that it is complete. */
function validateExternalName(spec: ServiceSpec): FieldErrors {
  const { clusterIPs = [], ipFamilies = [], ipFamilyPolicy, externalName = "" } = spec;
  const message = "may not be set for ExternalName services";
  const name = externalName.endsWith(".") ? externalName.slice(0, -1) : externalName;
  return collectErrors(
    clusterIPs.length > 0 && forbidden("spec.clusterIPs", message),
    ipFamilies.length > 0 && forbidden("spec.ipFamilies", message),
    ipFamilyPolicy !== undefined && forbidden("spec.ipFamilyPolicy", message),
    name === ""
      ? required("spec.externalName")
      : checkFormat(name, "spec.externalName", checkDNS1123Subdomain),
  );
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): FieldErrors {
  const path = "spec.sessionAffinityConfig";
  return collectErrors(
    requireSupported(sessionAffinity, "spec.sessionAffinity", AFFINITIES),
    sessionAffinity === "ClientIP" && validateClientIpConfig(sessionAffinityConfig, path),
    sessionAffinity === "None" &&
      sessionAffinityConfig !== undefined &&
      forbidden(path, "must not be set when session affinity is None"),
  );
}

function validateClientIpConfig(config: ServiceSpec["sessionAffinityConfig"], path: string): FieldErrors {
  const needed = "when session affinity type is ClientIP";
  if (config === undefined) return [required(path, needed)];
  if (config.clientIP === undefined) return [required(`${path}.clientIP`, needed)];
  const { timeoutSeconds } = config.clientIP;
  const timeoutPath = `${path}.clientIP.timeoutSeconds`;
  if (timeoutSeconds === undefined) return [required(timeoutPath, needed)];
  const isInRange = timeoutSeconds > 0 && timeoutSeconds <= MAX_AFFINITY_SECONDS;
  const message = `must be greater than 0 and less than ${String(MAX_AFFINITY_SECONDS)}`;
  return isInRange ? [] : [invalid(timeoutPath, timeoutSeconds, message)];
}

function validateExternalIps({ externalIPs }: ServiceSpec, previous?: ServiceSpec): FieldErrors {
  return validateEach(externalIPs, "spec.externalIPs", (ip, path) => {
    const errors = validateLegacyIp(ip, path, previous?.externalIPs);
    return errors.length > 0 ? errors : validateEndpointIp(ip, path);
  });
}

function validateSourceRanges(service: Service, previous?: Service): FieldErrors {
  const { loadBalancerSourceRanges = [], type } = service.spec;
  const annotation = service.metadata.annotations?.[SOURCE_RANGES];
  const isField = loadBalancerSourceRanges.length > 0;
  if (!isField && annotation === undefined) return [];
  const annotationPath = keyPath("metadata.annotations", SOURCE_RANGES);
  const path = isField ? "spec.LoadBalancerSourceRanges" : annotationPath;
  return collectErrors(
    type !== "LoadBalancer" && forbidden(path, LOAD_BALANCER_ONLY),
    isField
      ? validateRangesField(loadBalancerSourceRanges, previous?.spec.loadBalancerSourceRanges, path)
      : annotation !== previous?.metadata.annotations?.[SOURCE_RANGES] &&
          validateRangesAnnotation(annotation ?? "", path),
  );
}

function validateRangesField(
  ranges: readonly string[],
  previous: readonly string[] | undefined,
  path: string,
): FieldErrors {
  const known = (previous ?? []).map((range) => range.trim());
  return validateEach(ranges, path, (range, rangePath) => validateLegacyCidr(range.trim(), rangePath, known));
}

function validateRangesAnnotation(text: string, path: string): FieldErrors {
  if (text.trim() === "") return [];
  return text.split(",").flatMap((range) => validateLegacyCidr(range.trim(), path));
}

function validateExternalTraffic(spec: ServiceSpec): FieldErrors {
  const { externalTrafficPolicy } = spec;
  const path = "spec.externalTrafficPolicy";
  if (isExternallyAccessible(spec)) return requireSupported(externalTrafficPolicy, path, TRAFFIC_POLICIES);
  return (externalTrafficPolicy ?? "") === ""
    ? []
    : [invalid(path, externalTrafficPolicy, "may only be set for externally-accessible services")];
}

function validateHealthCheckPort(spec: ServiceSpec): readonly FieldError[] {
  const { healthCheckNodePort = 0 } = spec;
  const path = "spec.healthCheckNodePort";
  if (needsHealthCheckPort(spec)) {
    if (healthCheckNodePort === 0) return [required(path)];
    return checkNumber(healthCheckNodePort, path, checkPortNumber);
  }
  const message = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  return healthCheckNodePort === 0 ? [] : [invalid(path, healthCheckNodePort, message)];
}

function validateInternalTraffic({ type, internalTrafficPolicy }: ServiceSpec): FieldErrors {
  const path = "spec.internalTrafficPolicy";
  const isNeeded = type === "NodePort" || type === "LoadBalancer" || type === "ClusterIP";
  if (isNeeded && internalTrafficPolicy === undefined) return [required(path)];
  return validateOptional(internalTrafficPolicy, path, (policy) =>
    checkSupported(policy, path, TRAFFIC_POLICIES),
  );
}

import { omit } from "#base/omit.ts";
import { fillAbsent, fillZero, mapField, mapList } from "../../defaulting.ts";
import type { LoadBalancerIngress, Service, ServicePort, ServiceSpec } from "../../generated/core-v1.ts";
import { isExternallyAccessible } from "./service-type.ts";

/** How long a client stays with its endpoint: three hours. */
const AFFINITY_TIMEOUT_SECONDS = 10_800;

export function setServiceDefaults(service: Service): Service {
  const next = mapField(service, "spec", setSpecDefaults);
  return next.spec.type === "LoadBalancer" ? setIngressDefaults(next) : next;
}

function setSpecDefaults(spec: ServiceSpec): ServiceSpec {
  let next: ServiceSpec = fillZero(spec, { sessionAffinity: "None", type: "ClusterIP" });
  next = setAffinityDefaults(next);
  next = mapField(next, "ports", (ports) => mapList(ports, setPortDefaults));
  if (isExternallyAccessible(next)) next = fillZero(next, { externalTrafficPolicy: "Cluster" });
  if (next.type !== "ExternalName") next = fillAbsent(next, { internalTrafficPolicy: "Cluster" });
  return next.type === "LoadBalancer" ? fillAbsent(next, { allocateLoadBalancerNodePorts: true }) : next;
}

function setAffinityDefaults(spec: ServiceSpec): ServiceSpec {
  const { sessionAffinity, sessionAffinityConfig } = spec;
  if (sessionAffinity === "None") {
    return sessionAffinityConfig === undefined ? spec : omit(spec, "sessionAffinityConfig");
  }
  if (sessionAffinity !== "ClientIP") return spec;
  if ((sessionAffinityConfig?.clientIP?.timeoutSeconds ?? null) !== null) return spec;
  return { ...spec, sessionAffinityConfig: { clientIP: { timeoutSeconds: AFFINITY_TIMEOUT_SECONDS } } };
}

function setPortDefaults(port: ServicePort): ServicePort {
  return fillZero(port, { protocol: "TCP", targetPort: port.port });
}

function setIngressDefaults(service: Service): Service {
  return mapField(service, "status", (status) =>
    mapField(status, "loadBalancer", (loadBalancer) =>
      mapField(loadBalancer, "ingress", (ingress) => mapList(ingress, setIpMode)),
    ),
  );
}

function setIpMode(ingress: LoadBalancerIngress): LoadBalancerIngress {
  return (ingress.ip ?? "") === "" ? ingress : fillAbsent(ingress, { ipMode: "VIP" });
}

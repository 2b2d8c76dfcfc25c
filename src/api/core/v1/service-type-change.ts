/**
 * What a Service loses when its type changes (`dropTypeDependentFields`): a value that the new type cannot have is
 * taken back unless the writer has set it to something new, which validation then refuses.
 */
import { omit } from "#base/omit.ts";
import type { Service, ServicePort, ServiceSpec } from "../../generated/core-v1.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import {
  isExternallyAccessible,
  mayHaveNodePorts,
  needsClusterIp,
  needsHealthCheckPort,
} from "./service-type.ts";

interface DependentFields {
  /** Whether a Service of this type can have the fields. */
  readonly allows: (spec: ServiceSpec) => boolean;
  /** Fields that go together, if all of them are as they were. */
  readonly fields: readonly (keyof ServiceSpec)[];
}

const DEPENDENT_FIELDS: readonly DependentFields[] = [
  { allows: needsClusterIp, fields: ["clusterIP", "clusterIPs"] },
  { allows: needsClusterIp, fields: ["ipFamilies"] },
  { allows: needsClusterIp, fields: ["ipFamilyPolicy"] },
  { allows: needsHealthCheckPort, fields: ["healthCheckNodePort"] },
  { allows: isLoadBalancer, fields: ["allocateLoadBalancerNodePorts"] },
  { allows: isLoadBalancer, fields: ["loadBalancerClass"] },
  { allows: isExternallyAccessible, fields: ["externalTrafficPolicy"] },
];

export function dropTypeDependentFields(next: Service, previous: Service): Service {
  const spec = DEPENDENT_FIELDS.reduce(
    (kept, dependent) => dropDependent(kept, previous.spec, dependent),
    dropNodePorts(next.spec, previous.spec),
  );
  const service = spec === next.spec ? next : { ...next, spec };
  return isLoadBalancer(spec) ? service : dropIngress(service);
}

function isLoadBalancer({ type }: ServiceSpec): boolean {
  return type === "LoadBalancer";
}

function dropDependent(
  spec: ServiceSpec,
  previous: ServiceSpec,
  { allows, fields }: DependentFields,
): ServiceSpec {
  if (!allows(previous) || allows(spec)) return spec;
  const isKept = fields.every((field) => semanticallyEqual(spec[field], previous[field]));
  return isKept ? omit(spec, ...fields) : spec;
}

/** Node ports go unless one of them is new. */
function dropNodePorts(spec: ServiceSpec, previous: ServiceSpec): ServiceSpec {
  if (!mayHaveNodePorts(previous) || mayHaveNodePorts(spec)) return spec;
  const given = nodePortsOf(spec);
  if (given.size === 0 || !given.isSubsetOf(nodePortsOf(previous))) return spec;
  return { ...spec, ports: (spec.ports ?? []).map((port): ServicePort => omit(port, "nodePort")) };
}

function nodePortsOf({ ports }: ServiceSpec): ReadonlySet<number> {
  return new Set((ports ?? []).map(({ nodePort = 0 }) => nodePort).filter((port) => port !== 0));
}

function dropIngress(service: Service): Service {
  const { status } = service;
  if ((status?.loadBalancer?.ingress ?? []).length === 0) return service;
  return { ...service, status: { ...status, loadBalancer: {} } };
}

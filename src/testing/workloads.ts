/** Builders of valid objects beyond core/v1; a test names only what it is about. */
import type { Endpoint, EndpointPort, EndpointSlice } from "#api/generated/discovery-v1.ts";
import type { Ingress, IngressBackend, IngressSpec } from "#api/generated/networking-v1.ts";
import { metadataOf, type ObjectOptions } from "./metadata.ts";

export function anIngress(
  name: string,
  options: ObjectOptions & { readonly spec?: IngressSpec } = {},
): Ingress {
  const { spec = { defaultBackend: aServiceBackend("web", 80) }, ...meta } = options;
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: metadataOf(name, meta),
    spec,
  };
}

export function aServiceBackend(name: string, port: number | string): IngressBackend {
  return { service: { name, port: typeof port === "number" ? { number: port } : { name: port } } };
}

export interface EndpointSliceOptions extends ObjectOptions {
  /** The Service that the slice belongs to; default: none. */
  readonly service?: string;
  readonly addressType?: EndpointSlice["addressType"];
  readonly ports?: readonly EndpointPort[];
}

/** A slice whose endpoints are given, or ready ones with the given addresses. */
export function anEndpointSlice(
  name: string,
  endpoints: readonly (Endpoint | string)[],
  options: EndpointSliceOptions = {},
): EndpointSlice {
  const {
    service,
    addressType = "IPv4",
    ports = [{ name: "", port: 80, protocol: "TCP" }],
    ...meta
  } = options;
  const labels = { ...meta.labels, ...(service && { "kubernetes.io/service-name": service }) };
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: metadataOf(name, { ...meta, labels }),
    addressType,
    ports,
    endpoints: endpoints.map((each) => (typeof each === "string" ? aReadyEndpoint(each) : each)),
  };
}

function aReadyEndpoint(address: string): Endpoint {
  return { addresses: [address], conditions: { ready: true, serving: true, terminating: false } };
}

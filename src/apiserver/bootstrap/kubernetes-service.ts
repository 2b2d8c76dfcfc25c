/** The Service through which pods reach the API server (kube-apiserver `controlplane/controller/kubernetesservice`). */
import type { Endpoints, Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { parseIP } from "#base/cidr.ts";

const NAME = "kubernetes";
const NAMESPACE = "default";
const PORT_NAME = "https";
const SERVICE_PORT = 443;

/** Where this API server listens, as pods reach it. */
export interface ApiEndpoint {
  readonly address: string;
  readonly port: number;
}

export function kubernetesService(clusterIP: string, { port }: ApiEndpoint): NewObject<Service> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: NAME,
      namespace: NAMESPACE,
      labels: { component: "apiserver", provider: "kubernetes" },
    },
    spec: {
      type: "ClusterIP",
      clusterIP,
      ipFamilyPolicy: "SingleStack",
      sessionAffinity: "None",
      ports: [{ name: PORT_NAME, protocol: "TCP", port: SERVICE_PORT, targetPort: port }],
    },
  };
}

export function kubernetesEndpoints({ address, port }: ApiEndpoint): NewObject<Endpoints> {
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    // The slice is written here as well, so nobody has to derive it.
    metadata: {
      name: NAME,
      namespace: NAMESPACE,
      labels: { "endpointslice.kubernetes.io/skip-mirror": "true" },
    },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: PORT_NAME, port, protocol: "TCP" }] }],
  };
}

export function kubernetesEndpointSlice({ address, port }: ApiEndpoint): NewObject<EndpointSlice> {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: NAME, namespace: NAMESPACE, labels: { "kubernetes.io/service-name": NAME } },
    addressType: parseIP(address)?.family === 6 ? "IPv6" : "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: PORT_NAME, port, protocol: "TCP" }],
  };
}

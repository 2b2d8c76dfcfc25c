import type { Service } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { isNotFound } from "#apimachinery/status-error.ts";
import type { Client } from "#client/client.ts";
import type { ServerConfig } from "./config.ts";

/** Makes sure that the Services exist which every cluster has and which this process itself serves. */
export async function ensureSystemServices(
  client: Client,
  { clusterDns }: Pick<ServerConfig, "clusterDns">,
): Promise<void> {
  const service = dnsService(clusterDns);
  try {
    await client.get("Service", { namespace: "kube-system", name: "kube-dns" });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await client.create("Service", service);
  }
}

/**
 * The name and address that pods ask for names at. Every node serves them itself, so traffic stays on the node;
 * the endpoints are written by the nodes, not derived from a selector.
 */
function dnsService(clusterIP: string): NewObject<Service> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "kube-dns",
      namespace: "kube-system",
      labels: {
        "k8s-app": "kube-dns",
        "kubernetes.io/cluster-service": "true",
        "kubernetes.io/name": "KubeDNS",
      },
    },
    spec: {
      type: "ClusterIP",
      clusterIP,
      internalTrafficPolicy: "Local",
      ports: [
        { name: "dns", port: 53, protocol: "UDP", targetPort: 53 },
        { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 },
      ],
    },
  };
}

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
  const service = dnsService(clusterDns.split(","));
  const name = { namespace: "kube-system", name: "kube-dns" };
  try {
    const present = await client.get("Service", name);
    const spec = missingFamily(present, service);
    if (spec !== undefined) await client.patch("Service", name, { type: "merge", document: { spec } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await client.create("Service", service);
  }
}

/** What makes a Service of one family, which an earlier start has made, one of both; undefined where nothing does. */
function missingFamily({ spec: present }: Service, { spec: wanted }: NewObject<Service>) {
  const { clusterIPs = [] } = present;
  const isSubset = clusterIPs.length === 1 && clusterIPs[0] === wanted.clusterIP;
  return isSubset && wanted.clusterIPs?.length === 2 ? addressesOf(wanted.clusterIPs) : undefined;
}

function addressesOf(clusterIPs: readonly string[]) {
  return {
    clusterIP: clusterIPs[0] ?? "",
    clusterIPs,
    ipFamilyPolicy: clusterIPs.length > 1 ? "RequireDualStack" : "SingleStack",
    ipFamilies: clusterIPs.map((address) => (address.includes(":") ? "IPv6" : "IPv4")),
  } as const;
}

/**
 * The name and address that pods ask for names at. Every node serves them itself, so traffic stays on the node;
 * the endpoints are written by the nodes, not derived from a selector.
 */
function dnsService(clusterIPs: readonly string[]): NewObject<Service> {
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
      ...addressesOf(clusterIPs),
      internalTrafficPolicy: "Local",
      ports: [
        { name: "dns", port: 53, protocol: "UDP", targetPort: 53 },
        { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 },
      ],
    },
  };
}

import { proxySettingsOf } from "#agent/kube-proxy-args.ts";
import type { ConfigMap } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { isNotFound } from "#apimachinery/status-error.ts";
import type { Client } from "#client/client.ts";
import type { ServerConfig } from "./config.ts";

type ProxyConfig = Pick<ServerConfig, "clusterCidr" | "nodePortAddresses" | "proxyMode" | "kubeProxyArgs">;

/**
 * Has the ConfigMap say how Services are proxied, where people and programs look for it since kubeadm puts it there. It
 * is only shown: the settings decide, and what somebody else writes into it is replaced at the next start.
 */
export async function ensureProxyConfigMap(client: Client, config: ProxyConfig): Promise<void> {
  const wanted = proxyConfigMap(config);
  const name = { namespace: "kube-system", name: "kube-proxy" };
  try {
    const { data } = await client.get("ConfigMap", name);
    if (Bun.deepEquals(data, wanted.data)) return;
    await client.patch("ConfigMap", name, { type: "merge", document: { data: wanted.data ?? {} } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await client.create("ConfigMap", wanted);
  }
}

/** A KubeProxyConfiguration under kubeadm's key. */
export function proxyConfigMap(config: ProxyConfig): NewObject<ConfigMap> {
  const { proxyMode, nodePortAddresses, masqueradesAll } = proxySettingsOf(config);
  const lines = [
    "apiVersion: kubeproxy.config.k8s.io/v1alpha1",
    `clusterCIDR: ${config.clusterCidr}`,
    "healthzBindAddress: 0.0.0.0:10256",
    "kind: KubeProxyConfiguration",
    ...(masqueradesAll ? [`${proxyMode}:`, "  masqueradeAll: true"] : []),
    `mode: ${proxyMode}`,
    `nodePortAddresses: ${JSON.stringify(nodePortAddresses)}`,
  ];
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "kube-proxy", namespace: "kube-system", labels: { app: "kube-proxy" } },
    data: { "config.conf": `${lines.join("\n")}\n` },
  };
}

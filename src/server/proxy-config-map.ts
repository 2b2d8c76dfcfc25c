import { type ProxySettings, proxySettingsOf } from "#agent/kube-proxy-args/parse-kube-proxy-arg.ts";
import type { ConfigMap } from "#api/generated/core-v1.ts";
import { formatDuration } from "#apimachinery/duration.ts";
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
  const settings = proxySettingsOf(config);
  const { proxyMode, nodePortAddresses } = settings;
  const lines = [
    "apiVersion: kubeproxy.config.k8s.io/v1alpha1",
    `clusterCIDR: ${settings.clusterCIDRs.join(",")}`,
    ...conntrackLines(settings.conntrack),
    "detectLocalMode: ClusterCIDR",
    `healthzBindAddress: ${addressText(settings.health)}`,
    ...(proxyMode === "iptables" ? modeLines(settings) : []),
    "kind: KubeProxyConfiguration",
    `metricsBindAddress: ${addressText(settings.metrics)}`,
    `mode: ${proxyMode}`,
    ...(proxyMode === "nftables" ? modeLines(settings) : []),
    `nodePortAddresses: ${JSON.stringify(nodePortAddresses)}`,
  ];
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "kube-proxy", namespace: "kube-system", labels: { app: "kube-proxy" } },
    data: { "config.conf": `${lines.join("\n")}\n` },
  };
}

function conntrackLines(limits: ProxySettings["conntrack"]): readonly string[] {
  return [
    "conntrack:",
    `  maxPerCore: ${String(limits.maxPerCore)}`,
    `  min: ${String(limits.min)}`,
    `  tcpBeLiberal: ${String(limits.tcpBeLiberal)}`,
    `  tcpCloseWaitTimeout: ${durationText(limits.tcpCloseWaitTimeoutMs)}`,
    `  tcpEstablishedTimeout: ${durationText(limits.tcpEstablishedTimeoutMs)}`,
    `  udpStreamTimeout: ${durationText(limits.udpStreamTimeoutMs)}`,
    `  udpTimeout: ${durationText(limits.udpTimeoutMs)}`,
  ];
}

/** What is said of the mode alone; nothing of it where all is as it comes. */
function modeLines(settings: ProxySettings): readonly string[] {
  const { proxyMode, masqueradesAll, masqueradeBit, minSyncPeriodMs, syncPeriodMs } = settings;
  const lines = [
    ...(masqueradesAll ? ["  masqueradeAll: true"] : []),
    ...(proxyMode === "iptables" ? [`  masqueradeBit: ${String(masqueradeBit)}`] : []),
    ...(minSyncPeriodMs === undefined ? [] : [`  minSyncPeriod: ${durationText(minSyncPeriodMs)}`]),
    ...(syncPeriodMs === undefined ? [] : [`  syncPeriod: ${durationText(syncPeriodMs)}`]),
  ];
  return lines.length === 0 ? [] : [`${proxyMode}:`, ...lines];
}

function addressText(at: ProxySettings["health"]): string {
  if (at === undefined) return '""';
  const { address, port } = at;
  return address.includes(":") ? `"[${address}]:${String(port)}"` : `${address}:${String(port)}`;
}

function durationText(ms: number): string {
  return formatDuration(BigInt(ms) * 1_000_000n);
}

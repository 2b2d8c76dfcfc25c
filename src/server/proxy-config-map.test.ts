import { expect, test } from "bun:test";
import type { ConfigMap } from "#api/generated/core-v1.ts";
import { createClient } from "#client/create-client.ts";
import { ModelApi } from "#testing/model-api.ts";
import { ensureProxyConfigMap, proxyConfigMap } from "./proxy-config-map.ts";

const config = {
  proxyMode: "iptables" as const,
  clusterCidr: "10.42.0.0/16",
  nodePortAddresses: ["primary", "127.0.0.0/8"],
  kubeProxyArgs: [],
};

test("the configuration of the service proxy is a KubeProxyConfiguration", () => {
  expect(proxyConfigMap(config).data?.["config.conf"]).toBe(
    [
      "apiVersion: kubeproxy.config.k8s.io/v1alpha1",
      "clusterCIDR: 10.42.0.0/16",
      "conntrack:",
      "  maxPerCore: 32768",
      "  min: 131072",
      "  tcpBeLiberal: false",
      "  tcpCloseWaitTimeout: 1h0m0s",
      "  tcpEstablishedTimeout: 24h0m0s",
      "  udpStreamTimeout: 0s",
      "  udpTimeout: 0s",
      "detectLocalMode: ClusterCIDR",
      "healthzBindAddress: 0.0.0.0:10256",
      "iptables:",
      "  masqueradeBit: 14",
      "kind: KubeProxyConfiguration",
      "metricsBindAddress: 127.0.0.1:10249",
      "mode: iptables",
      'nodePortAddresses: ["primary","127.0.0.0/8"]',
      "",
    ].join("\n"),
  );
});

test("the configuration shows what flags of kube-proxy change", () => {
  const settings = { proxyMode: "nftables" as const, masqueradesAll: true, metricsBindAddress: "" };
  const kubeProxyArgs = [{ settings: { ...settings, healthzBindAddress: "[::1]:7" } }];
  expect(proxyConfigMap({ ...config, kubeProxyArgs }).data?.["config.conf"]).toContain(
    [
      'healthzBindAddress: "[::1]:7"',
      "kind: KubeProxyConfiguration",
      'metricsBindAddress: ""',
      "mode: nftables",
      "nftables:",
      "  masqueradeAll: true",
      'nodePortAddresses: ["primary","127.0.0.0/8"]',
      "",
    ].join("\n"),
  );
});

test("the ConfigMap is made, mended, and left alone when it is right", async () => {
  const api = new ModelApi();
  const client = createClient(api);
  const shown = () => (api.objects("configmaps")[0] as ConfigMap | undefined)?.data;
  await ensureProxyConfigMap(client, config);
  expect(shown()).toEqual(proxyConfigMap(config).data);
  await ensureProxyConfigMap(client, { ...config, nodePortAddresses: [] });
  expect(shown()?.["config.conf"]).toContain("nodePortAddresses: []");
  const { revision } = api;
  await ensureProxyConfigMap(client, { ...config, nodePortAddresses: [] });
  expect(api.revision).toBe(revision);
});

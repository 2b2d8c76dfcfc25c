import { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";

const API_VERSION = "metrics.k8s.io/v1beta1";
const MOMENT = { timestamp: "2026-01-01T00:00:00Z", window: "10s" };

const node = (name: string) => ({
  kind: "NodeMetrics",
  apiVersion: API_VERSION,
  metadata: { name },
  ...MOMENT,
  usage: { cpu: "250m", memory: "512Mi" },
});

const pod = {
  kind: "PodMetrics",
  apiVersion: API_VERSION,
  metadata: { name: "web", namespace: "default" },
  ...MOMENT,
  containers: [{ name: "app", usage: { cpu: "5m", memory: "20Mi" } }],
};

/** Undefined for what is not about metrics. */
export function metricsOf({ path }: Exchange, nodeName = "n1"): Answer | undefined {
  const root = "/apis/metrics.k8s.io/v1beta1";
  if (path === `${root}/nodes`) return list("NodeMetricsList", [node(nodeName)]);
  if (path === `${root}/pods` || path === `${root}/namespaces/default/pods`)
    return list("PodMetricsList", [pod]);
  return undefined;
}

function list(kind: string, items: readonly unknown[]): Answer {
  const body = JSON.stringify({ kind, apiVersion: API_VERSION, metadata: {}, items });
  return new Answer(200, { "content-type": "application/json" }, Buffer.from(body));
}

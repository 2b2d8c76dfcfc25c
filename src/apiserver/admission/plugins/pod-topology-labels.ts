import type { Binding, Pod } from "#api/generated/core-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { type AdmissionRequest, type ClusterView, defineAdmissionPlugin } from "../admission-plugin.ts";

const TOPOLOGY: readonly string[] = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

/** Tells pods in their labels in which zone and region their node is (KEP-4742). */
export const podTopologyLabelsPlugin = defineAdmissionPlugin({
  name: "PodTopologyLabels",
  operations: ["CREATE"],
  resources: ["pods", "pods/binding"],
  mutate: (request, { cluster }) => {
    const labels = topologyOf(nodeOf(request), cluster);
    // Binding a pod copies the labels of the binding.
    return Object.keys(labels).length === 0 ? undefined : withLabels(request.object as KubeObject, labels);
  },
});

function nodeOf({ object, subresource }: AdmissionRequest): string {
  if (subresource === "") return (object as Pod).spec.nodeName ?? "";
  const { target } = object as Binding;
  return target.kind === "Node" ? (target.name ?? "") : "";
}

function topologyOf(name: string, cluster: ClusterView): Readonly<Record<string, string>> {
  const { labels = {} } = (name === "" ? undefined : cluster.get("Node", { name }))?.metadata ?? {};
  return Object.fromEntries(Object.entries(labels).filter(([key]) => TOPOLOGY.includes(key)));
}

function withLabels(object: KubeObject, labels: Readonly<Record<string, string>>): KubeObject {
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...labels } } };
}

import { expect, test } from "bun:test";
import type { KubeObject } from "#apimachinery/meta.ts";
import { admit, anAdmissionEnvironment, anAdmissionRequest } from "#testing/admission.ts";
import { aBinding, aNode, aPod } from "#testing/objects.ts";
import { podTopologyLabelsPlugin } from "./pod-topology-labels.ts";

const zone = { "topology.kubernetes.io/zone": "a" };
const nodes = [aNode("near", { labels: { ...zone, disk: "ssd" } }), aNode("far")];
const labels = { "topology.kubernetes.io/zone": "x", app: "web" };

test.each<[string, string, KubeObject, Record<string, string> | undefined]>([
  ["a binding", "pods/binding", aBinding("web", "near"), zone],
  ["a binding to a node without a zone", "pods/binding", aBinding("web", "far"), undefined],
  ["a binding to a node that is not there", "pods/binding", aBinding("web", "gone"), undefined],
  [
    "a pod that is on a node",
    "pods",
    aPod("web", { labels, spec: { nodeName: "near" } }),
    { ...labels, ...zone },
  ],
  ["a pod that is on none", "pods", aPod("web", { labels }), labels],
])("%s", async (_, target, object, expected) => {
  const request = anAdmissionRequest(`CREATE ${target} default/web`, { object });
  const admitted = await admit(podTopologyLabelsPlugin, request, anAdmissionEnvironment(nodes));
  expect(typeof admitted === "string" ? admitted : admitted.metadata.labels).toEqual(expected);
});

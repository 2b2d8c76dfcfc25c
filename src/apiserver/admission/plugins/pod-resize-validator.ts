import { amountsOf, podRequests } from "#api/core/v1/pod-resources.ts";
import type { Node, Pod } from "#api/generated/core-v1.ts";
import { quote } from "#apimachinery/go-text.ts";
import { quantityMilliValue, quantityValue, zeroQuantity } from "#apimachinery/quantity.ts";
import { defineAdmissionPlugin } from "../admission-plugin.ts";
import { refuse } from "../refuse.ts";

const OS_LABEL = "kubernetes.io/os";

/** A running pod does not ask for more than its node has. */
export const podResizeValidatorPlugin = defineAdmissionPlugin({
  name: "PodResizeValidator",
  operations: ["UPDATE"],
  resources: ["pods/resize"],
  validate: (request, { cluster }) => {
    const [pod, previous] = [request.object as Pod, request.oldObject as Pod];
    const { nodeName: name = "" } = pod.spec;
    if (name === "" || Bun.deepEquals(pod.spec, previous.spec)) return undefined;
    const node = cluster.get("Node", { name });
    if (node === undefined) return refuse(request, `node ${quote(name)} not found`);
    const problem = problemOf(pod, node);
    return problem === undefined ? undefined : refuse(request, problem);
  },
});

function problemOf(pod: Pod, node: Node): string | undefined {
  const allocatable = amountsOf(node.status?.allocatable);
  const requests = podRequests(pod);
  const lacking = (["cpu", "memory"] as const).flatMap((name) => {
    const [requested, available] = [requests, allocatable].map((amounts) => {
      const amount = amounts.get(name) ?? zeroQuantity;
      return name === "cpu" ? quantityMilliValue(amount) : quantityValue(amount);
    }) as [number, number];
    return requested > available
      ? [`${name}, requested: ${String(requested)}, allocatable: ${String(available)}`]
      : [];
  });
  if (lacking.length > 0) return `Node didn't have enough allocatable resources: ${lacking.join("; ")}`;
  const os = node.metadata.labels?.[OS_LABEL] ?? "";
  return os === "linux"
    ? undefined
    : `pod resize is only supported on linux nodes, node ${quote(node.metadata.name)} is ${quote(os)}`;
}

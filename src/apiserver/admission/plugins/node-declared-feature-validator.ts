import { isSidecar } from "#api/core/v1/pod-resources.ts";
import type { Pod } from "#api/generated/core-v1.ts";
import { quote } from "#apimachinery/go-text.ts";
import { type AdmissionRequest, defineAdmissionPlugin } from "../admission-plugin.ts";
import { refuse } from "../refuse.ts";

/** Changes of a running pod that not every node can make, by the feature that it must declare, in alphabetical order. */
const FEATURES: readonly (readonly [string, (next: Pod, previous: Pod) => boolean])[] = [
  ["InPlacePodLevelResourcesVerticalScaling", changesPodResources],
  ["InPlacePodVerticalScalingInitContainers", changesInitContainers],
];

/** A pod changes in ways that its node can follow. */
export const nodeDeclaredFeatureValidatorPlugin = defineAdmissionPlugin({
  name: "NodeDeclaredFeatureValidator",
  operations: ["UPDATE"],
  resources: ["pods", "pods/resize"],
  validate: (request, { cluster }) => {
    const pod = request.object as Pod;
    const { nodeName = "" } = pod.spec;
    if (nodeName === "") return undefined;
    const wanted = featuresFor(request);
    if (wanted.length === 0) return undefined;
    const node = cluster.get("Node", { name: nodeName });
    if (node === undefined) return refuse(request, `node ${quote(nodeName)} not found`);
    const missing = wanted.filter((each) => !(node.status?.declaredFeatures ?? []).includes(each));
    return missing.length === 0
      ? undefined
      : refuse(
          request,
          `pod update requires features ${missing.join(", ")} which are not available on node ${quote(nodeName)}`,
        );
  },
});

function featuresFor({ object, oldObject }: AdmissionRequest): readonly string[] {
  const [next, previous] = [object as Pod, oldObject as Pod];
  return FEATURES.filter(([, isNeeded]) => isNeeded(next, previous)).map(([feature]) => feature);
}

function changesPodResources(next: Pod, previous: Pod): boolean {
  return !Bun.deepEquals(next.spec.resources, previous.spec.resources);
}

/** Those that come to their end before the others start. */
function changesInitContainers(next: Pod, previous: Pod): boolean {
  const { initContainers = [] } = next.spec;
  return (previous.spec.initContainers ?? []).some(
    (each, index) => !isSidecar(each) && !Bun.deepEquals(each.resources, initContainers[index]?.resources),
  );
}

import type { Pod, Toleration } from "#api/generated/core-v1.ts";
import { isExtendedResource } from "#api/validation/resources.ts";
import { defineAdmissionPlugin } from "../admission-plugin.ts";

/** Pods that request an extended resource may run on the nodes that are kept for those that do. */
export const extendedResourceTolerationPlugin = defineAdmissionPlugin({
  name: "ExtendedResourceToleration",
  operations: ["CREATE", "UPDATE"],
  resources: ["pods"],
  mutate: ({ object }) => addTolerations(object as Pod),
});

function addTolerations(pod: Pod): Pod | undefined {
  const { containers, initContainers = [], tolerations = [] } = pod.spec;
  const requested = [...containers, ...initContainers].flatMap(({ resources }) =>
    Object.keys(resources?.requests ?? {}).filter(isExtendedResource),
  );
  const missing = [...new Set(requested)]
    .toSorted()
    .map((key): Toleration => ({ key, operator: "Exists", effect: "NoSchedule" }))
    .filter((wanted) => !tolerations.some((each) => Bun.deepEquals(each, wanted)));
  if (missing.length === 0) return undefined;
  // One for the same key and effect is replaced where it stands.
  const replaced = tolerations.map((each) => missing.find((wanted) => isAbout(each, wanted)) ?? each);
  const added = missing.filter((wanted) => !tolerations.some((each) => isAbout(each, wanted)));
  return { ...pod, spec: { ...pod.spec, tolerations: [...replaced, ...added] } };
}

function isAbout(each: Toleration, wanted: Toleration): boolean {
  return (
    each.key === wanted.key &&
    each.effect === wanted.effect &&
    each.operator === wanted.operator &&
    (each.value ?? "") === ""
  );
}

import type { Pod, Toleration } from "#api/generated/core-v1.ts";
import { defineAdmissionPlugin } from "../admission-plugin.ts";

/** How long pods stay on a node that is not ready or cannot be reached, unless they say otherwise. */
const TOLERATION_SECONDS = 300;

const DEFAULTS: readonly Toleration[] = [
  "node.kubernetes.io/not-ready",
  "node.kubernetes.io/unreachable",
].map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: TOLERATION_SECONDS }));

export const defaultTolerationSecondsPlugin = defineAdmissionPlugin({
  name: "DefaultTolerationSeconds",
  operations: ["CREATE", "UPDATE"],
  resources: ["pods"],
  mutate: ({ object }) => addTolerations(object as Pod),
});

function addTolerations(pod: Pod): Pod | undefined {
  const { tolerations = [] } = pod.spec;
  const missing = DEFAULTS.filter(({ key }) => !tolerations.some((each) => covers(each, key)));
  if (missing.length === 0) return undefined;
  return { ...pod, spec: { ...pod.spec, tolerations: [...tolerations, ...missing] } };
}

/** An empty key or effect stands for all. */
function covers({ key = "", effect }: Toleration, wanted: string | undefined): boolean {
  return (key === "" || key === wanted) && (effect === undefined || ["", "NoExecute"].includes(effect));
}

import type { Pod } from "#api/generated/core-v1.ts";
import { defineAdmissionPlugin } from "../admission-plugin.ts";
import { refuse } from "../refuse.ts";

const HOSTNAME = "kubernetes.io/hostname";

/** A pod keeps others off a node, and not off a whole zone. */
export const limitPodHardAntiAffinityTopologyPlugin = defineAdmissionPlugin({
  name: "LimitPodHardAntiAffinityTopology",
  operations: ["CREATE", "UPDATE"],
  resources: ["pods"],
  validate: (request) => {
    const { affinity } = (request.object as Pod).spec;
    const terms = affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const other = terms.find(({ topologyKey }) => topologyKey !== HOSTNAME);
    return other === undefined
      ? undefined
      : refuse(
          request,
          `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${other.topologyKey} but only key ${HOSTNAME} is allowed`,
        );
  },
});

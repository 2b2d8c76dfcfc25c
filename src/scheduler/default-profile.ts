import type { Profile } from "./framework/profile.ts";
import { defaultBinderPlugin } from "./plugins/default-binder.ts";
import { defaultPreemptionPlugin } from "./plugins/default-preemption/default-preemption.ts";
import { imageLocalityPlugin } from "./plugins/image-locality.ts";
import { interPodAffinityPlugin } from "./plugins/inter-pod-affinity/inter-pod-affinity.ts";
import { nodeAffinityPlugin } from "./plugins/node-affinity.ts";
import { nodeNamePlugin } from "./plugins/node-name.ts";
import { nodePortsPlugin } from "./plugins/node-ports.ts";
import { nodeResourcesBalancedAllocationPlugin } from "./plugins/node-resources-balanced-allocation.ts";
import { nodeResourcesFitPlugin } from "./plugins/node-resources-fit.ts";
import { nodeUnschedulablePlugin } from "./plugins/node-unschedulable.ts";
import { podTopologySpreadPlugin } from "./plugins/pod-topology-spread/pod-topology-spread.ts";
import { prioritySortPlugin } from "./plugins/priority-sort.ts";
import { schedulingGatesPlugin } from "./plugins/scheduling-gates.ts";
import { taintTolerationPlugin } from "./plugins/taint-toleration.ts";

export const DEFAULT_SCHEDULER = "default-scheduler";

/** The plugins of kube-scheduler in its order and with its weights (`apis/config/v1/default_plugins.go`). */
export const defaultProfile: Profile = {
  schedulerName: DEFAULT_SCHEDULER,
  plugins: [
    { plugin: schedulingGatesPlugin },
    { plugin: prioritySortPlugin },
    { plugin: nodeUnschedulablePlugin },
    { plugin: nodeNamePlugin },
    { plugin: taintTolerationPlugin, weight: 3 },
    { plugin: nodeAffinityPlugin, weight: 2 },
    { plugin: nodePortsPlugin },
    { plugin: nodeResourcesFitPlugin, weight: 1 },
    { plugin: podTopologySpreadPlugin, weight: 2 },
    { plugin: interPodAffinityPlugin, weight: 2 },
    { plugin: defaultPreemptionPlugin },
    { plugin: nodeResourcesBalancedAllocationPlugin, weight: 1 },
    { plugin: imageLocalityPlugin, weight: 1 },
    { plugin: defaultBinderPlugin },
  ],
};

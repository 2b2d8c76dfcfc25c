import type { Pod } from "#api/generated/core-v1.ts";
import type { ProbeKind, ProbeResults } from "../plan/pod-view.ts";
import { podContainers } from "../pod/pod-containers.ts";
import { latestContainer, type PodRuntimeState } from "../pod/pod-runtime-state.ts";
import type { ProbedContainer } from "../probes/prober.ts";

export interface ProbeFacts {
  readonly pod: Pod;
  readonly runtime: PodRuntimeState;
  readonly podIPs: readonly string[];
  readonly prober: ProbeResults;
  readonly isTerminating: boolean;
}

/** The running containers that are to be probed, and by which probes: the others wait for the startup probe. */
export function probedContainers(facts: ProbeFacts): readonly ProbedContainer[] {
  const { pod, runtime, podIPs } = facts;
  const [podIP] = podIPs;
  // An address that is not known yet must not be taken for the node's own.
  if (podIP === undefined) return [];
  return podContainers(pod.spec).flatMap(({ kind, container, fieldPath }) => {
    const latest = latestContainer(runtime, container.name);
    const isProbed = kind === "main" || kind === "sidecar";
    if (!isProbed || latest?.state !== "running") return [];
    const hasStarted =
      container.startupProbe === undefined || facts.prober.resultOf(latest.id, "startup") === "success";
    return [
      {
        containerId: latest.id,
        container,
        fieldPath,
        startedAt: latest.startedAt,
        podIP,
        kinds: kindsOf(hasStarted, facts.isTerminating),
      },
    ];
  });
}

/** A pod that stops is not restarted any more, but whether it still serves is worth knowing. */
function kindsOf(hasStarted: boolean, isTerminating: boolean): readonly ProbeKind[] {
  if (isTerminating) return hasStarted ? ["readiness"] : [];
  return hasStarted ? ["startup", "readiness", "liveness"] : ["startup"];
}

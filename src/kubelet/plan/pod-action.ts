import type { Container } from "#api/generated/core-v1.ts";
import type { SandboxStatus } from "#container/runtime.ts";
import type { EventFacts } from "#reconcile/action.ts";
import type { PodContainer } from "../pod/pod-containers.ts";

/** One thing to do for a pod. Plain data: nothing happens until the pod's worker performs it. */
export type PodAction =
  /** Begins to prepare the volumes; the worker hears when they are ready. */
  | { readonly type: "mountVolumes" }
  | { readonly type: "createSandbox"; readonly attempt: number }
  | { readonly type: "attachNetwork"; readonly sandbox: SandboxStatus }
  | { readonly type: "stopSandbox"; readonly sandboxId: string }
  | { readonly type: "removeSandbox"; readonly sandboxId: string }
  | { readonly type: "removeContainer"; readonly containerId: string }
  /** All at once; each waits for those it comes after. */
  | { readonly type: "stopContainers"; readonly stops: readonly ContainerStop[] }
  | { readonly type: "startContainer"; readonly start: ContainerStart }
  /** Gives back volumes, addresses and control groups. */
  | { readonly type: "cleanUp" };

export interface ContainerStop {
  readonly containerId: string;
  readonly name: string;
  /** The container's spec, where it is still known: it has the preStop hook. */
  readonly container: Container | undefined;
  readonly fieldPath: string;
  /** The message of the Killing event. */
  readonly message: string;
  readonly graceSeconds: number;
  /** Names of containers that must have stopped before, as long as the grace lasts. */
  readonly after: readonly string[];
}

export interface ContainerStart extends PodContainer {
  readonly sandboxId: string;
  /** The restart count. */
  readonly attempt: number;
  /** How long the next container waits when this one ends soon; undefined for a first start. */
  readonly restartDelayMs: number | undefined;
  /** The container whose processes an ephemeral one sees. */
  readonly pidTarget: string | undefined;
}

/** Why a container that should run does not, as the status says it. */
export interface WaitingReason {
  readonly reason: string;
  readonly message: string;
}

export interface PodPlan {
  /** In the order in which they should happen; after them the pod is looked at again. */
  readonly actions: readonly PodAction[];
  /** What to tell about the pod as it is; repeated with every plan as long as it is so. */
  readonly events: readonly EventFacts[];
  /** By container name. */
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  /** When to look again even if nothing changes: milliseconds since the epoch. */
  readonly requeueAt: number | undefined;
}

export function planOf(actions: readonly PodAction[], rest: Partial<Omit<PodPlan, "actions">> = {}): PodPlan {
  return { actions, events: [], waiting: new Map(), requeueAt: undefined, ...rest };
}

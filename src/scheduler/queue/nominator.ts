import type { Pod } from "#api/generated/core-v1.ts";
import type { NominatedPods } from "../framework/nominated-pods.ts";
import type { PodInfo } from "../framework/pod-info.ts";

const NONE: readonly PodInfo[] = [];

/** Knows which waiting pods have been promised room on which node, before the API server shows it. */
export class Nominator implements NominatedPods {
  readonly #byNode = new Map<string, Map<string, PodInfo>>();
  readonly #nodeOf = new Map<string, string>();

  on(nodeName: string): readonly PodInfo[] {
    const pods = this.#byNode.get(nodeName);
    return pods === undefined ? NONE : [...pods.values()];
  }

  /** Promises room on the node, and only there; on none when the name is empty. */
  nominate(pod: PodInfo, nodeName: string): void {
    const { uid } = pod.pod.metadata;
    this.forget(uid);
    if (nodeName === "") return;
    const pods = this.#byNode.get(nodeName) ?? new Map<string, PodInfo>();
    this.#byNode.set(nodeName, pods.set(uid, pod));
    this.#nodeOf.set(uid, nodeName);
  }

  /**
   * Follows a change of the pod. A promise that neither the old nor the new state shows is kept: the API server has
   * not been told of it yet.
   */
  update(previous: Pod | undefined, pod: PodInfo): void {
    const before = previous?.status?.nominatedNodeName ?? "";
    const after = pod.pod.status?.nominatedNodeName ?? "";
    const isUnsaid = before === "" && after === "";
    this.nominate(pod, isUnsaid ? (this.#nodeOf.get(pod.pod.metadata.uid) ?? "") : after);
  }

  forget(uid: string): void {
    const nodeName = this.#nodeOf.get(uid);
    if (nodeName === undefined) return;
    this.#nodeOf.delete(uid);
    const pods = this.#byNode.get(nodeName);
    pods?.delete(uid);
    if (pods?.size === 0) this.#byNode.delete(nodeName);
  }
}

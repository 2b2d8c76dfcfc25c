import type { PodInfo } from "../framework/pod-info.ts";

/** A pod that waits to be scheduled, and what became of it so far. Only the queue changes it. */
export interface QueuedPod {
  info: PodInfo;
  /** When it came to the queue, or was last tried. Milliseconds. */
  timestamp: number;
  /** Orders pods of one moment by their arrival. */
  readonly sequence: number;
  /** How often it was tried. */
  attempts: number;
  /** When it could be tried for the first time. Milliseconds; undefined as long as it cannot. */
  triableSince: number | undefined;
  /** How often it was rejected. */
  rejections: number;
  /** How often trying it failed in a row, for a reason that had nothing to do with the pod. */
  failures: number;
  /** The plugins that rejected it last; none after a failure. */
  rejectors: ReadonlySet<string>;
  /** The plugin that does not let it be tried at all. */
  gate: string | undefined;
  /** Something wanted to have it tried while it was held. */
  isWanted: boolean;
}

export function queuedPod(info: PodInfo, timestamp: number, sequence: number): QueuedPod {
  return {
    info,
    timestamp,
    sequence,
    attempts: 0,
    triableSince: undefined,
    rejections: 0,
    failures: 0,
    rejectors: new Set(),
    gate: undefined,
    isWanted: false,
  };
}

/** The key of the pod in all parts of the queue. */
export function uidOf({ info }: Pick<QueuedPod, "info">): string {
  return info.pod.metadata.uid;
}

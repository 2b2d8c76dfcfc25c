import type { KubeObject } from "#apimachinery/meta.ts";
import { LruMap } from "#base/lru-map.ts";
import type { Signal } from "./controller.ts";
import type { Change } from "./object-cache.ts";

/** How many objects that are gone are remembered. */
const TOMBSTONES = 10_000;

/** When the signals of a controller last changed, as this process saw it. */
export class SignalTimes {
  readonly #signals: readonly Signal[];
  readonly #present = new Map<string, number>();
  readonly #gone = new LruMap<string, number>(TOMBSTONES);

  constructor(signals: readonly Signal[]) {
    this.#signals = signals;
  }

  /** Takes note of a change of an object of the kind. That an object comes or goes changes all of its signals. */
  note(kind: string, change: Change, nowMs: number): void {
    for (const signal of this.#signals) {
      if (signal.kind === kind && isChanged(signal, change)) {
        const { namespace = "", name } = change.object.metadata;
        this.#set(formatKey(signal.name, namespace, name), change.type === "deleted", nowMs);
      }
    }
  }

  /** In milliseconds since the epoch; undefined for an object that was never seen, or that went long ago. */
  changedAt(signal: string, namespace: string, name: string): number | undefined {
    const key = formatKey(signal, namespace, name);
    return this.#present.get(key) ?? this.#gone.get(key);
  }

  #set(key: string, isGone: boolean, nowMs: number): void {
    if (isGone) this.#present.delete(key);
    (isGone ? this.#gone : this.#present).set(key, nowMs);
  }
}

function isChanged({ value }: Signal, change: Change): boolean {
  if (change.type !== "updated") return true;
  // The signal of a kind is asked about objects of that kind.
  const valueOf = value as (object: KubeObject) => string;
  return valueOf(change.object) !== valueOf(change.previous);
}

function formatKey(signal: string, namespace: string, name: string): string {
  return `${signal}|${namespace}|${name}`;
}

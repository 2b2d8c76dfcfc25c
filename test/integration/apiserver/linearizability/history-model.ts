import type { KubeObject } from "#apimachinery/meta.ts";

/** What a request asks for, and which objects it should get. */
export interface Selected {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly matches: (object: KubeObject) => boolean;
}

/** The revisions before and after a request: what it has seen is true at one of them, or between. */
export interface Span {
  readonly from: number;
  readonly through: number;
}

interface Write {
  readonly key: string;
  /** Absent for a deletion. */
  readonly object?: KubeObject;
}

type State = ReadonlyMap<string, KubeObject>;

/**
 * The history that the answers to writes tell, in the plainest way: every past state is kept whole. Reads and watches
 * must agree with it.
 */
export class HistoryModel {
  readonly #base: number;
  readonly #writes = new Map<number, Write>();
  readonly #states: State[] = [new Map()];

  /** There is nothing at the revision `base`, and nobody else writes after it. */
  constructor(base: number) {
    this.#base = base;
  }

  /** Notes what an answered write has made of an object, or with what a deletion has answered. */
  note(object: KubeObject, { isDeletion }: { readonly isDeletion: boolean }): void {
    const revision = revisionOf(object);
    if (this.#writes.has(revision)) throw new Error(`Revision ${String(revision)} was answered twice`);
    const key = keyOf(object);
    this.#writes.set(revision, isDeletion ? { key } : { key, object });
  }

  /** Computes the states, once every write has been answered. Throws when there is a revision that no write has had. */
  complete(revision: number): void {
    for (let next = this.#base + 1; next <= revision; next += 1) {
      const write = this.#writes.get(next);
      if (write === undefined) throw new Error(`Revision ${String(next)} is of no write`);
      const state = new Map(this.#states.at(-1));
      if (write.object === undefined) state.delete(write.key);
      else state.set(write.key, write.object);
      this.#states.push(state);
    }
    if (this.#writes.size !== revision - this.#base) throw new Error("Writes were answered from the future");
  }

  at(revision: number): State {
    const state = this.#states[revision - this.#base];
    if (state === undefined) throw new RangeError(`There is no revision ${String(revision)}`);
    return state;
  }

  /** The objects that a list shows at a revision, in order. */
  listAt(revision: number, { matches }: Selected): readonly string[] {
    return [...this.at(revision).values()]
      .filter(matches)
      .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      .map((object) => describe(object));
  }

  /** The events of a watch that starts at a revision. */
  eventsAfter(start: number, selected: Selected, through = this.#last): readonly string[] {
    return Array.from({ length: Math.max(0, through - start) }, (_, index) => start + 1 + index).flatMap(
      (revision) => this.#eventAt(revision, selected),
    );
  }

  /** Whether something is true of an object in one of the states of a request. */
  isEver(key: string, { from, through }: Span, isTrue: (object: KubeObject | undefined) => boolean): boolean {
    for (let revision = from; revision <= through; revision += 1) {
      if (isTrue(this.at(revision).get(key))) return true;
    }
    return false;
  }

  get #last(): number {
    return this.#base + this.#states.length - 1;
  }

  #eventAt(revision: number, { matches }: Selected): readonly string[] {
    const key = this.#writes.get(revision)?.key ?? "";
    const [before, after] = [this.at(revision - 1).get(key), this.at(revision).get(key)];
    const was = before !== undefined && matches(before);
    const is = after !== undefined && matches(after);
    if (is) return [`${was ? "MODIFIED" : "ADDED"} ${describe(after)}`];
    return was ? [`DELETED ${describe(before, revision)}`] : [];
  }
}

export function keyOf({ metadata: { namespace = "", name } }: KubeObject): string {
  return `${namespace}/${name}`;
}

export function revisionOf({
  metadata,
}: {
  readonly metadata: { readonly resourceVersion?: string };
}): number {
  return Number(metadata.resourceVersion);
}

/** An object as one line with everything that writes change; a deletion shows it at another revision. */
export function describe(object: KubeObject, revision = revisionOf(object)): string {
  const { uid, labels, annotations } = object.metadata;
  return `${keyOf(object)}@${String(revision)} ${uid} ${JSON.stringify(labels)} ${JSON.stringify(annotations)}`;
}

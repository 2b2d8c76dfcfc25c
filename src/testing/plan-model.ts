import type { KubeObject, NewObject } from "#apimachinery/meta.ts";
import { applyMergePatch } from "#apimachinery/patch/merge-patch.ts";
import { assertNever } from "#base/assert-never.ts";
import type { Action, Plan } from "#reconcile/action.ts";

/** What the server makes of a propagation policy. */
const FINALIZERS = { Background: [], Foreground: ["foregroundDeletion"], Orphan: ["orphan"] } as const;

export interface PlanModelOptions {
  /** What becomes of an object when it is deleted: gone at once (the default), or marked and kept. */
  readonly isGraceful?: (object: KubeObject) => boolean;
}

/**
 * The objects of a planner's world, which carries plans out as the API server would, so that properties of planning
 * again and again can be stated. It knows nothing of defaults, validation or versions.
 */
export class PlanModel {
  readonly #options: PlanModelOptions;
  readonly #objects = new Map<string, KubeObject>();

  constructor(objects: readonly KubeObject[], options: PlanModelOptions = {}) {
    this.#options = options;
    for (const object of objects) this.#objects.set(object.metadata.uid, object);
  }

  all(): readonly KubeObject[] {
    return [...this.#objects.values()];
  }

  /** The objects of a kind; the caller names the type that belongs to it. */
  of<T extends KubeObject>(kind: T["kind"]): readonly T[] {
    return this.all().filter((object): object is T => object.kind === kind);
  }

  apply({ actions }: Plan): void {
    for (const action of actions) this.#perform(action);
  }

  #perform(action: Action): void {
    switch (action.type) {
      case "create":
        this.#create(action.object);
        return;
      case "update":
      case "updateStatus":
        this.#replace(action.object);
        return;
      case "patch":
        this.#patch(action);
        return;
      case "delete":
        this.#delete(action.uid, FINALIZERS[action.propagationPolicy ?? "Background"]);
        return;
      case "evict":
        this.#delete(action.uid, []);
        return;
      case "event":
        return;
      default:
        assertNever(action);
    }
  }

  #create({ metadata, ...object }: NewObject): void {
    const { namespace, generateName = "" } = metadata;
    const number = this.#freeNumber();
    const name = metadata.name ?? `${generateName}${String(number)}`;
    const isTaken = this.all().some(
      (each) =>
        each.kind === object.kind && each.metadata.name === name && each.metadata.namespace === namespace,
    );
    if (isTaken) throw new Error(`${object.kind} "${name}" already exists`);
    const uid = `created-${String(number)}`;
    this.#objects.set(uid, { ...object, metadata: { ...metadata, name, uid } });
  }

  /** A model may be filled with objects that another one has created. */
  #freeNumber(): number {
    let number = 1;
    while (this.#objects.has(`created-${String(number)}`)) number += 1;
    return number;
  }

  #replace(object: KubeObject): void {
    if (!this.#objects.has(object.metadata.uid))
      throw new Error(`${object.kind} "${object.metadata.name}" not found`);
    this.#objects.set(object.metadata.uid, object);
  }

  #patch({ uid, patch, target }: Extract<Action, { type: "patch" }>): void {
    const present = this.#objects.get(uid);
    if (present === undefined) throw new Error(`${target.kind} "${target.name}" not found`);
    // A merge patch of an object gives an object.
    const patched = applyMergePatch(present, patch) as unknown as KubeObject;
    const isGone =
      patched.metadata.deletionTimestamp !== undefined && (patched.metadata.finalizers ?? []).length === 0;
    if (isGone && present.metadata.finalizers !== undefined) this.#objects.delete(uid);
    else this.#objects.set(uid, patched);
  }

  #delete(uid: string, added: readonly string[]): void {
    const present = this.#objects.get(uid);
    if (present === undefined) return;
    const { metadata } = present;
    const finalizers = [...new Set([...(metadata.finalizers ?? []), ...added])];
    if (finalizers.length === 0 && this.#options.isGraceful?.(present) !== true) {
      this.#objects.delete(uid);
      return;
    }
    const deletionTimestamp = metadata.deletionTimestamp ?? "2026-01-01T00:00:00Z";
    this.#objects.set(uid, { ...present, metadata: { ...metadata, finalizers, deletionTimestamp } });
  }
}

import type { KubeObject } from "#apimachinery/meta.ts";
import { controllerOf } from "#apimachinery/owners.ts";
import type { AnyKind, ObjectRef } from "./action.ts";
import type { Caches } from "./caches.ts";
import type { Controller, Watch, WatchEverything } from "./controller.ts";
import type { Change } from "./object-cache.ts";

/** The text of a queue key. */
export function formatKey({ kind, namespace, name }: ObjectRef): string {
  return `${kind}|${namespace}|${name}`;
}

/** The inverse of `formatKey`; neither kinds nor names contain the separator. */
export function parseKey(key: string): ObjectRef {
  const [kind = "", namespace = "", name = ""] = key.split("|");
  return { kind, namespace, name };
}

/** The keys that a change wakes: those of the object as it is, and of what it was, which may have let somebody go. */
export function keysWokenBy(
  change: Change,
  watch: Watch | WatchEverything,
  { primary }: Pick<Controller, "primary">,
  caches: Caches,
): readonly string[] {
  if (!matters(change, watch)) return [];
  const states = change.type === "updated" ? [change.object, change.previous] : [change.object];
  const refs = states.flatMap((object) => refsOf(object, watch, primary, caches));
  return [...new Set(refs.map(formatKey))];
}

function matters(change: Change, watch: Watch | WatchEverything): boolean {
  if (change.type === "deleted" || watch.when === undefined) return true;
  const previous = change.type === "updated" ? change.previous : undefined;
  // The watch of a kind is asked about objects of that kind.
  const when = watch.when as (object: KubeObject, previous: KubeObject | undefined) => boolean;
  return when(change.object, previous);
}

function refsOf(
  object: KubeObject,
  watch: Watch | WatchEverything,
  primary: AnyKind,
  caches: Caches,
): readonly ObjectRef[] {
  const { namespace = "", name } = object.metadata;
  if (watch.kind === "*") return watch.wakes(object, caches);
  if (watch.wakes === "itself") return [{ kind: primary, namespace, name }];
  if (watch.wakes === "owner") return controllingOwner(object, primary, caches);
  // As above: the function of a kind gets objects of that kind.
  const wakes = watch.wakes as (object: KubeObject, caches: Caches) => readonly Omit<ObjectRef, "kind">[];
  return wakes(object, caches).map((ref) => ({ kind: primary, ...ref }));
}

function controllingOwner(object: KubeObject, primary: AnyKind, caches: Caches): readonly ObjectRef[] {
  const owner = controllerOf(object);
  if (owner === undefined || caches.kindOf(owner)?.kind !== primary) return [];
  return [{ kind: primary, namespace: object.metadata.namespace ?? "", name: owner.name }];
}

import { type KindName, type Resource, resourceOf } from "#api/resource.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { silentLogger } from "#observability/logger.ts";
import type { Controller } from "#reconcile/controller.ts";
import { ControllerCaches } from "#reconcile/controller-caches.ts";
import { CachedInformer } from "#reconcile/informer.ts";

/**
 * The caches of a controller with these objects in them. A controller that watches everything gets the kinds of the
 * objects, and those of `more`.
 */
export function filledCaches(
  controller: Pick<Controller, "name" | "watches" | "indexes">,
  objects: readonly KubeObject[],
  more: readonly (KindName | Resource)[] = [],
): ControllerCaches {
  const caches = new ControllerCaches(controller.name);
  const named = controller.watches.flatMap(({ kind }) => (kind === "*" ? [] : [kind]));
  const found = controller.watches.some(({ kind }) => kind === "*")
    ? objects.map(({ kind }) => kind as KindName)
    : [];
  for (const resource of new Set([...named, ...found, ...more].map((kind) => resourceOf(kind)))) {
    const informer = new CachedInformer<KubeObject>(resource, silentLogger);
    caches.add(
      informer,
      (controller.indexes ?? []).filter(({ kind }) => kind === resource.kind),
    );
    const items = objects.filter(({ kind }) => kind === resource.kind);
    informer.replace({ apiVersion: "v1", kind: "List", metadata: { resourceVersion: "1" }, items });
  }
  return caches;
}

import type { Resource } from "#api/resource.ts";
import { onDispose } from "#base/disposable.ts";
import { isCollectable, type KindDiscovery, versionedName } from "./kind-discovery.ts";

interface Followed {
  readonly resource: Resource;
  readonly subscription: Disposable;
}

/** What is done with the kinds that exist. */
export interface EverythingHandlers {
  readonly isWanted: (resource: Resource) => boolean;
  /** A kind has appeared. The result is disposed when it goes. */
  readonly onKind: (resource: Resource) => Disposable;
  /** A kind has gone. */
  readonly onGone: (resource: Resource) => void;
}

/** Keeps something for each kind that can be listed, watched and deleted, as kinds come and go. */
export function followEverything(
  discovery: Pick<KindDiscovery, "follow">,
  handlers: EverythingHandlers,
): Disposable {
  const followed = new Map<string, Followed>();
  const drop = (key: string, { resource, subscription }: Followed): void => {
    followed.delete(key);
    subscription[Symbol.dispose]();
    handlers.onGone(resource);
  };
  const discovered = discovery.follow((resources) => {
    const wanted = new Map(
      resources
        .filter((resource) => isCollectable(resource) && handlers.isWanted(resource))
        .map((resource) => [versionedName(resource), resource]),
    );
    for (const [key, each] of followed) if (!wanted.has(key)) drop(key, each);
    for (const [key, resource] of wanted) {
      if (!followed.has(key)) followed.set(key, { resource, subscription: handlers.onKind(resource) });
    }
  });
  return onDispose(() => {
    discovered[Symbol.dispose]();
    for (const { subscription } of followed.values()) subscription[Symbol.dispose]();
  });
}

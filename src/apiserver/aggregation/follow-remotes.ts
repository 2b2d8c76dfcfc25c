import type { ApiServices } from "./api-services.ts";
import type { RemoteService, RemoteServices } from "./remote-services.ts";

/**
 * Calls `onChange` with the name of every APIService that leads to an extension server: for all that there are, and from
 * then on when one begins to, ceases to or does so in another way, and when it becomes available or unavailable.
 */
export function followRemotes(
  onChange: (name: string) => void,
  { services, remotes }: { readonly services: ApiServices; readonly remotes: RemoteServices },
): Disposable {
  const known = new Map<string, RemoteService>();
  const look = (name: string): void => {
    const next = remotes.named(name);
    const before = known.get(name);
    if (next === undefined) known.delete(name);
    else known.set(name, next);
    if (!isSame(before, next)) onChange(name);
  };
  const following = services.onChange(look);
  for (const { metadata } of services.list()) look(metadata.name);
  return following;
}

function isSame(a: RemoteService | undefined, b: RemoteService | undefined): boolean {
  return (
    a === b || (a?.isAvailable === b?.isAvailable && Bun.deepEquals(a?.apiService.spec, b?.apiService.spec))
  );
}

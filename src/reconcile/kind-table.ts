import { apiGroups, type KindName, type Resource, resourceOf } from "#api/resource.ts";
import { parseApiVersion } from "#apimachinery/meta.ts";
import type { AnyKind } from "./action.ts";
import type { WatchedKind } from "./caches.ts";

/** The built-in resource behind each bare kind name. */
const builtIn: ReadonlyMap<string, Resource> = new Map(
  apiGroups
    .flatMap(({ versions }) => versions.flatMap(({ resources }) => resources))
    .map(({ kind }) => [kind, resourceOf(kind as KindName)]),
);

/** The name of a resource's kind in actions and references: bare when it is built in, else `group/version/Kind`. */
export function kindNameOf({ group, version, kind }: Resource): AnyKind {
  return builtIn.get(kind)?.group === group ? kind : `${group}/${version}/${kind}`;
}

/** The group and kind that a name of either form means. */
function parseKindName(name: AnyKind): { readonly group: string; readonly kind: string } {
  const [group = "", , kind] = name.split("/");
  return kind === undefined ? { group: builtIn.get(name)?.group ?? "", kind: name } : { group, kind };
}

/** Finds resources by the names that actions, references and objects use. The versions of a kind are one entry. */
export class KindTable {
  readonly #kinds: ReadonlyMap<string, WatchedKind>;

  constructor(resources: Iterable<Resource>) {
    this.#kinds = new Map(
      Array.from(resources, (resource) => [entryKey(resource), { kind: kindNameOf(resource), resource }]),
    );
  }

  all(): readonly WatchedKind[] {
    return [...this.#kinds.values()];
  }

  /** By `Pod` or `group/version/Kind`. */
  byName(name: AnyKind): WatchedKind | undefined {
    return this.#kinds.get(entryKey(parseKindName(name)));
  }

  /** By what an object or an owner reference says of itself. */
  byType({
    apiVersion,
    kind,
  }: {
    readonly apiVersion: string;
    readonly kind: string;
  }): WatchedKind | undefined {
    return this.#kinds.get(entryKey({ group: parseApiVersion(apiVersion).group, kind }));
  }
}

function entryKey({ group, kind }: { readonly group: string; readonly kind: string }): string {
  return `${group}/${kind}`;
}

import { apiGroups, type Resource } from "#api/resource.ts";

/** Says which kinds exist, for controllers that handle all of them. */
export interface KindDiscovery {
  /**
   * Calls `onChange` at once with every resource in its preferred version, and again with all of them when kinds
   * come or go. Until disposed.
   */
  follow(onChange: (resources: readonly Resource[]) => void): Disposable;
  /**
   * The `apiVersion`s of which is not known at the moment what kinds they have, because an extension server does not
   * say. What they had is followed as before.
   */
  undiscovered(): readonly string[];
}

/** True for kinds whose objects can be found, followed and deleted, as garbage collection needs. */
export function isCollectable({ verbs }: Resource): boolean {
  return (["list", "watch", "delete"] as const).every((verb) => verbs.includes(verb));
}

/** The built-in resources in their preferred versions, or the only one. Not all of them need be served. */
export function builtInResources(): readonly Resource[] {
  return apiGroups.flatMap(({ preferredVersion, versions }) => {
    const resources = versions.flatMap((each) => each.resources);
    const preferred = resources.filter(({ version }) => version === preferredVersion);
    const names = new Set(preferred.map(({ name }) => name));
    return [...preferred, ...resources.filter(({ name }) => !names.has(name))];
  });
}

/** Other versions are served only where an operator wants them. */
function isAlwaysServed({ version }: Resource): boolean {
  return /^v\d+$/.test(version);
}

/** Knows the built-in kinds that are always served. */
export const builtInDiscovery: KindDiscovery = {
  follow: (onChange) => {
    onChange(builtInResources().filter(isAlwaysServed));
    return { [Symbol.dispose]: () => undefined };
  },
  undiscovered: () => [],
};

/** What an API server in this process serves; its registry of kinds fits. */
export interface ServedKinds {
  list(): readonly {
    readonly resource: Resource;
    readonly builtIn: boolean;
    /** The version that is stored. */
    readonly stored: { readonly resource: Resource };
  }[];
  onChange(listener: () => void): Disposable;
  /** See `KindDiscovery`; default: none. */
  undiscovered?(): readonly string[];
}

/**
 * Knows the kinds that the server of this process serves, as custom ones come and go. Of built-in kinds it takes the
 * preferred version, of custom ones the stored version, whose objects are shared and not converted; where that is not
 * served, the first one that is.
 */
export function servedDiscovery(served: ServedKinds): KindDiscovery {
  const preferred = new Set(builtInResources().map(versionedName));
  const all = (): readonly Resource[] => {
    const kinds = served.list();
    const builtIn = kinds.filter((each) => each.builtIn && preferred.has(versionedName(each.resource)));
    const custom = Map.groupBy(
      kinds.filter((each) => !each.builtIn),
      ({ stored }) => stored.resource,
    );
    const chosen = [...custom].flatMap(
      ([stored, versions]) => versions.find(({ resource }) => resource === stored) ?? versions.slice(0, 1),
    );
    return [...builtIn, ...chosen].map(({ resource }) => resource);
  };
  return {
    follow: (onChange) => {
      onChange(all());
      return served.onChange(() => onChange(all()));
    },
    undiscovered: () => served.undiscovered?.() ?? [],
  };
}

/** `deployments.v1.apps`: one version of a resource. */
export function versionedName({ group, version, name }: Resource): string {
  return `${name}.${version}.${group}`;
}

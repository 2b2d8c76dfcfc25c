import type { Kind } from "#api/kind.ts";
import type { Resource } from "#api/resource.ts";
import type { GroupVersionKind, GroupVersionResource } from "#apimachinery/meta.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";
import type { QualifiedResource } from "#apimachinery/status-error.ts";
import { qualifiedName, type ResourceVersion, ServedResource } from "./served-resource.ts";
import type { VersionConversion } from "./version-conversion.ts";

/** The schema of a built-in kind; throws for one outside the generated tables. */
export type SchemaSource = (resource: Resource) => ObjectSchema;

/** What a CustomResourceDefinition makes of a resource. */
export interface CustomResource {
  /** The version that is stored, which is one of the others. */
  readonly stored: CustomVersion;
  readonly versions: readonly CustomVersion[];
  /** See `ServedResource.currentFrom`. */
  readonly currentFrom: number;
  /** Default: the kinds convert themselves. */
  readonly conversion?: VersionConversion;
}

export interface CustomVersion extends ResourceVersion {
  readonly isServed: boolean;
}

/** What the server serves. Built-in kinds are there from the start; the kinds of CustomResourceDefinitions come and go. */
export class KindRegistry {
  readonly #byResource = new Map<string, ServedResource>();
  readonly #byKind = new Map<string, ServedResource>();
  readonly #custom = new Map<string, readonly ServedResource[]>();
  readonly #listeners = new Set<() => void>();

  constructor(builtIn: readonly Kind[], schemaOf: SchemaSource) {
    const isConverted = (kind: Kind): boolean => kind.storage !== undefined;
    const storedFirst = [...builtIn].sort((a, b) => Number(isConverted(a)) - Number(isConverted(b)));
    for (const kind of storedFirst) {
      const stored = kind.storage && this.get(kind.storage.resource);
      const version = { resource: kind.resource, load: () => ({ kind, schema: schemaOf(kind.resource) }) };
      this.#put(new ServedResource(version, { builtIn: true, ...(stored && { stored }) }));
    }
  }

  find({ group, version, resource }: GroupVersionResource): ServedResource | undefined {
    return this.#byResource.get(`${group}/${version}/${resource}`);
  }

  findKind({ group, version, kind }: GroupVersionKind): ServedResource | undefined {
    return this.#byKind.get(`${group}/${version}/${kind}`);
  }

  /** Like `find`, for resources that are always served. Throws a RangeError for any other. */
  get(resource: Resource): ServedResource {
    const { group, version, name } = resource;
    const served = this.find({ group, version, resource: name });
    if (served === undefined) throw new RangeError(`Resource "${group}/${version}/${name}" is not served`);
    return served;
  }

  /** Everything served, in the order in which it was added. */
  list(): readonly ServedResource[] {
    return [...this.#byResource.values()];
  }

  /** All versions of a resource, of a custom one those too that are not served. */
  versionsOf({ builtIn, qualified, stored }: ServedResource): readonly ServedResource[] {
    if (!builtIn) return this.#custom.get(qualifiedName(qualified)) ?? [];
    return this.list().filter((each) => each.stored === stored);
  }

  /** The version in which a custom resource is stored, served or not; undefined when there is no such resource. */
  findStored(resource: QualifiedResource): ServedResource | undefined {
    return this.#custom.get(qualifiedName(resource))?.[0]?.stored;
  }

  /** Serves a custom resource in these versions only; in none without them. Built-in kinds are never replaced. */
  setCustom(resource: QualifiedResource, definition?: CustomResource): void {
    const name = qualifiedName(resource);
    const previous = this.#custom.get(name) ?? [];
    for (const served of previous) this.#drop(served);
    const next = definition === undefined ? [] : this.#addVersions(definition);
    if (next.length > 0) this.#custom.set(name, next);
    else this.#custom.delete(name);
    if (previous.length + next.length > 0) this.#notify();
  }

  /** Calls `listener` after every change, until the result is disposed. */
  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  #addVersions({ stored, versions, ...options }: CustomResource): readonly ServedResource[] {
    const home = new ServedResource(stored, { builtIn: false, ...options });
    return versions.map((version) => {
      const { conversion } = options;
      const served =
        version === stored
          ? home
          : new ServedResource(version, { builtIn: false, stored: home, ...(conversion && { conversion }) });
      if (version.isServed && this.#isFree(version.resource)) this.#put(served);
      return served;
    });
  }

  #isFree({ group, version, name, kind }: Resource): boolean {
    return (
      !this.#byResource.has(`${group}/${version}/${name}`) && !this.#byKind.has(`${group}/${version}/${kind}`)
    );
  }

  #put(served: ServedResource): void {
    const { group, version, name, kind } = served.resource;
    this.#byResource.set(`${group}/${version}/${name}`, served);
    this.#byKind.set(`${group}/${version}/${kind}`, served);
  }

  #drop(served: ServedResource): void {
    const { group, version, name, kind } = served.resource;
    served.retire();
    if (this.find({ group, version, resource: name }) !== served) return;
    this.#byResource.delete(`${group}/${version}/${name}`);
    this.#byKind.delete(`${group}/${version}/${kind}`);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

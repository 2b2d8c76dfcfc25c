import type { Kind } from "#api/kind.ts";
import type { Resource } from "#api/resource.ts";
import type { GroupVersionKind, GroupVersionResource } from "#apimachinery/meta.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";
import { ServedResource } from "./served-resource.ts";

/** The schema of a built-in kind; throws for one outside the generated tables. */
export type SchemaSource = (resource: Resource) => ObjectSchema;

/**
 * What the server serves. Built-in kinds are there from the start; the kinds of CustomResourceDefinitions come and
 * go. A kind that is stored in another version must be added after that version.
 */
export class KindRegistry {
  readonly #byResource = new Map<string, ServedResource>();
  readonly #byKind = new Map<string, ServedResource>();
  readonly #listeners = new Set<() => void>();

  constructor(builtIn: readonly Kind[], schemaOf: SchemaSource) {
    const isConverted = (kind: Kind): boolean => kind.storage !== undefined;
    const storedFirst = [...builtIn].sort((a, b) => Number(isConverted(a)) - Number(isConverted(b)));
    for (const kind of storedFirst) this.#set(kind, schemaOf(kind.resource), true);
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

  /** Serves a custom kind, in place of what was served under its name before. */
  add(kind: Kind, schema: ObjectSchema): void {
    this.#set(kind, schema, false);
    this.#notify();
  }

  remove({ group, version, name, kind }: Pick<Resource, "group" | "version" | "name" | "kind">): void {
    const key = `${group}/${version}/${name}`;
    this.#byKind.delete(`${group}/${version}/${kind}`);
    this.#byResource.get(key)?.retire();
    if (this.#byResource.delete(key)) this.#notify();
  }

  /** Calls `listener` after every change, until the result is disposed. */
  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  #set(kind: Kind, schema: ObjectSchema, builtIn: boolean): void {
    const stored = kind.storage && this.get(kind.storage.resource);
    const served = new ServedResource(kind, schema, { builtIn, ...(stored && { stored }) });
    const { group, version, name } = kind.resource;
    const key = `${group}/${version}/${name}`;
    this.#byResource.get(key)?.retire();
    this.#byResource.set(key, served);
    this.#byKind.set(`${group}/${version}/${kind.resource.kind}`, served);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

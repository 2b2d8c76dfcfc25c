import type { Kind } from "#api/kind.ts";
import type { Resource } from "#api/resource.ts";
import { formatApiVersion } from "#apimachinery/meta.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";
import type { QualifiedResource } from "#apimachinery/status-error.ts";
import { EMBEDDED_GROUPS, storagePrefix } from "./storage-keys.ts";
import { writeRules } from "./write-rules.ts";

export interface ServedResourceOptions {
  /** False for resources of CustomResourceDefinitions. */
  readonly builtIn: boolean;
  /** The version that is stored, for a kind that is stored in another one. */
  readonly stored?: ServedResource;
  /** See `ServedResource.currentFrom`. Default: all objects are current. */
  readonly currentFrom?: number;
}

/** A resource that the server answers for: a kind in one version, its shape, and where its objects are. */
export class ServedResource {
  readonly kind: Kind;
  readonly resource: Resource;
  readonly schema: ObjectSchema;
  readonly apiVersion: string;
  /** Group and plural name, as messages write them. */
  readonly qualified: QualifiedResource;
  readonly builtIn: boolean;
  /** The version that is stored; this one where nothing has to be converted. */
  readonly stored: ServedResource;
  /** The stored version, with the rules for what is written through this one. */
  readonly written: ServedResource;
  /** Start of the keys of all its objects; the same for all versions of a resource. */
  readonly prefix: string;
  /** Objects that were stored before this revision may be in the shape of an older schema (`Kind.readStored`). */
  readonly currentFrom: number;
  readonly #retirement = new AbortController();

  constructor(kind: Kind, schema: ObjectSchema, { builtIn, stored, currentFrom = 0 }: ServedResourceOptions) {
    this.kind = kind;
    this.resource = kind.resource;
    this.schema = schema;
    this.apiVersion = formatApiVersion(kind.resource);
    this.qualified = { group: kind.resource.group, resource: kind.resource.name };
    this.builtIn = builtIn;
    this.stored = stored ?? this;
    this.written = stored
      ? new ServedResource(writeRules(kind, stored.kind), stored.schema, { builtIn })
      : this;
    this.currentFrom = currentFrom;
    this.prefix = stored?.prefix ?? storagePrefix(kind.resource, builtIn);
    Object.freeze(this);
  }

  /** Aborts when the resource is no longer served, or in another way than this. */
  get retired(): AbortSignal {
    return this.#retirement.signal;
  }

  retire(): void {
    this.#retirement.abort();
  }

  /** Whether finalizers may have names without a domain that are not standard ones. */
  get takesAnyFinalizer(): boolean {
    return !this.builtIn || EMBEDDED_GROUPS.includes(this.resource.group);
  }

  /** Whether objects of the resource are kept; reviews and bindings are only posted. */
  get isStored(): boolean {
    return this.resource.verbs.includes("watch");
  }
}

/** `pods`, `deployments.apps`: a resource in one word. */
export function qualifiedName({ group, resource }: QualifiedResource): string {
  return group === "" ? resource : `${resource}.${group}`;
}

import type { CustomResourceDefinitionVersion } from "#api/generated/apiextensions-v1.ts";
import type { Kind } from "#api/kind.ts";
import type { Resource } from "#api/resource.ts";
import { formatApiVersion } from "#apimachinery/meta.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";
import type { QualifiedResource } from "#apimachinery/status-error.ts";
import { EMBEDDED_GROUPS, storagePrefix } from "./storage-keys.ts";
import { kindConversion, type VersionConversion } from "./version-conversion.ts";
import { writeRules } from "./write-rules.ts";

export interface ServedResourceOptions {
  /** False for resources of CustomResourceDefinitions. */
  readonly builtIn: boolean;
  /** The version that is stored, for a kind that is stored in another one. */
  readonly stored?: ServedResource;
  /** See `ServedResource.currentFrom`. Default: all objects are current. */
  readonly currentFrom?: number;
  /** Default: the kind converts itself. */
  readonly conversion?: VersionConversion;
}

/** How the objects of a resource behave, and their shape. */
export interface LoadedVersion {
  readonly kind: Kind;
  readonly schema: ObjectSchema;
}

/** A resource in one version. */
export interface ResourceVersion {
  readonly resource: Resource;
  /** Called when kind or schema are first needed, and never again: of most custom resources only the name is used. */
  readonly load: () => LoadedVersion;
  /** Changes whenever the schema of a custom resource does. */
  readonly schemaVersion?: string;
  /** What everybody is told who uses a version of a custom resource. */
  readonly deprecationWarning?: string;
  /** Why nothing can be created at present. */
  readonly noCreation?: string;
  /** What the definition of a custom resource says, for OpenAPI, which does not keep it. */
  readonly readVersion?: () => CustomResourceDefinitionVersion;
}

/** A resource that the server answers for: a kind in one version, its shape, and where its objects are. */
export class ServedResource {
  readonly resource: Resource;
  readonly schemaVersion: string;
  /** Absent for built-in kinds, and where there is nothing to say. */
  readonly deprecationWarning: string | undefined;
  readonly noCreation: string | undefined;
  /** Absent for built-in kinds. */
  readonly readVersion: ResourceVersion["readVersion"];
  readonly apiVersion: string;
  /** Group and plural name, as messages write them. */
  readonly qualified: QualifiedResource;
  readonly builtIn: boolean;
  /** The version that is stored; this one where nothing has to be converted. */
  readonly stored: ServedResource;
  /** The version in which requests are handled: the stored one for built-in kinds, this one for custom resources. */
  readonly hub: ServedResource;
  /** The hub, with the rules for what is written through this version. */
  readonly written: ServedResource;
  readonly conversion: VersionConversion;
  /** Start of the keys of all its objects; the same for all versions of a resource. */
  readonly prefix: string;
  /** Objects that were stored before this revision may be in the shape of an older schema, or in another version. */
  readonly currentFrom: number;
  readonly #retirement = new AbortController();
  readonly #load: ResourceVersion["load"];
  #loaded: LoadedVersion | undefined;

  constructor(
    { resource, load, schemaVersion = "", deprecationWarning, noCreation, readVersion }: ResourceVersion,
    { builtIn, stored, currentFrom = 0, conversion = kindConversion }: ServedResourceOptions,
  ) {
    this.#load = load;
    this.resource = resource;
    this.schemaVersion = schemaVersion;
    this.deprecationWarning = deprecationWarning;
    this.noCreation = noCreation;
    this.readVersion = readVersion;
    this.apiVersion = formatApiVersion(resource);
    this.qualified = { group: resource.group, resource: resource.name };
    this.builtIn = builtIn;
    this.stored = stored ?? this;
    this.hub = builtIn ? this.stored : this;
    this.written = this.hub === this ? this : this.#writtenTo(this.hub);
    this.conversion = conversion;
    this.currentFrom = currentFrom;
    this.prefix = stored?.prefix ?? storagePrefix(resource, builtIn);
    Object.freeze(this);
  }

  get kind(): Kind {
    return this.#version().kind;
  }

  get schema(): ObjectSchema {
    return this.#version().schema;
  }

  /** Aborts when the resource is no longer served, or in another way than this. */
  get retired(): AbortSignal {
    return this.#retirement.signal;
  }

  retire(): void {
    this.#retirement.abort();
  }

  #version(): LoadedVersion {
    this.#loaded ??= this.#load();
    return this.#loaded;
  }

  #writtenTo(stored: ServedResource): ServedResource {
    const load = (): LoadedVersion => ({ kind: writeRules(this.kind, stored.kind), schema: stored.schema });
    return new ServedResource({ resource: stored.resource, load }, { builtIn: this.builtIn });
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

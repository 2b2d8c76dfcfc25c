import { statusOf } from "#api/apiextensions/v1/definition-status.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from "#api/generated/apiextensions-v1.ts";
import type { StorageVersion } from "#api/kind.ts";
import { modelName } from "#api/model-name.ts";
import type { Resource, Subresource } from "#api/resource.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import { isConditionTrue } from "#apimachinery/conditions.ts";
import { formatApiVersion, type KubeObject } from "#apimachinery/meta.ts";
import type { ObjectSchema, Schema } from "#apimachinery/schema.ts";
import type { CustomResource } from "../registry/kind-registry.ts";
import type { LoadedVersion, ResourceVersion } from "../registry/served-resource.ts";
import type { LazyCel } from "./cel/lazy-cel.ts";
import { customBehavior } from "./custom-behavior.ts";
import { resourceSchema, schemaOf } from "./resource-schema.ts";

const VERBS: Resource["verbs"] = [
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "create",
  "update",
  "watch",
];
const SUBRESOURCE_VERBS = ["get", "patch", "update"];

/** What all definitions are compiled with. */
export interface DefinitionTools {
  /** The schema of ObjectMeta. */
  readonly metaSchema: Schema;
  readonly cel: LazyCel;
}

/** A definition and how to read it again: what it says in full is kept in memory only while it is used. */
export interface DefinitionSource {
  readonly definition: CustomResourceDefinition;
  readonly read: () => CustomResourceDefinition;
}

/**
 * The resource that a definition declares, with the names that it has been given. Objects that were stored before
 * `currentFrom` may follow an older schema.
 */
export function compileDefinition(
  { definition, read }: DefinitionSource,
  tools: DefinitionTools,
  currentFrom: number,
): CustomResource {
  const { uid, generation = 0, name } = definition.metadata;
  const schemaVersion = `${uid}/${String(generation)}`;
  const { versions } = definition.spec;
  const home = versions.find(({ storage }) => storage);
  if (home === undefined) throw new RangeError(`No version of "${name}" is stored`);
  const unserved = unservedVersions(definition);
  const served = versions.filter(
    ({ name: version, served: isServed }) => isServed && !unserved.includes(version),
  );
  const source = { read, tools, schemaVersion };
  const stored = lazyVersion(outlineOf(definition, home), source);
  return {
    stored,
    versions: served.map((version) =>
      version === home ? stored : lazyVersion(outlineOf(definition, version), source, stored),
    ),
    currentFrom,
  };
}

interface VersionSource {
  readonly read: () => CustomResourceDefinition;
  readonly tools: DefinitionTools;
  readonly schemaVersion: string;
}

/** What has to be known of a version all the time. */
type VersionOutline = Pick<ResourceVersion, "resource" | "deprecationWarning">;

function outlineOf(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
): VersionOutline {
  const resource = resourceOf(definition, version);
  if (version.deprecated !== true) return { resource };
  const byDefault = `${formatApiVersion(resource)} ${resource.kind} is deprecated`;
  return { resource, deprecationWarning: version.deprecationWarning ?? byDefault };
}

/** What is here must not hold on to the definition: that is what reading it again is for. */
function lazyVersion(
  { resource, ...deprecation }: VersionOutline,
  { read, tools, schemaVersion }: VersionSource,
  stored?: ResourceVersion,
): ResourceVersion {
  let loaded: LoadedVersion | undefined;
  const load = (): LoadedVersion => {
    loaded ??= compileVersion(resource, read(), tools, stored);
    return loaded;
  };
  const readSchema = (): JSONSchemaProps => schemaOf(versionIn(read(), resource));
  return { resource, schemaVersion, load, readSchema, ...deprecation };
}

/** Versions that should be served and are not, because only a webhook could convert to them. */
export function unservedVersions({ spec }: CustomResourceDefinition): readonly string[] {
  if ((spec.conversion?.strategy ?? "None") === "None") return [];
  return spec.versions.filter(({ served, storage }) => served && !storage).map(({ name }) => name);
}

function compileVersion(
  resource: Resource,
  definition: CustomResourceDefinition,
  { metaSchema, cel }: DefinitionTools,
  stored: ResourceVersion | undefined,
): LoadedVersion {
  const version = versionIn(definition, resource);
  const schema = resourceSchema(schemaOf(version), metaSchema, modelName(resource));
  const behavior = customBehavior(version, cel);
  const { setDefaults } = behavior;
  // What was stored in another version needs no more than its name to be of this one.
  const readStored = (object: KubeObject): KubeObject => {
    const pruned = prune({ ...object, apiVersion: formatApiVersion(resource) }, schema, resource);
    return setDefaults?.(pruned) ?? pruned;
  };
  const storage = stored && { storage: conversion(resource, stored) };
  return { kind: { resource, ...behavior, readStored, ...storage }, schema };
}

function versionIn({ spec }: CustomResourceDefinition, resource: Resource): CustomResourceDefinitionVersion {
  const version = spec.versions.find(({ name }) => name === resource.version);
  if (version === undefined) throw new RangeError(`There is no version "${resource.version}" any more`);
  return version;
}

function resourceOf(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
): Resource {
  const { spec } = definition;
  const { conditions, acceptedNames } = statusOf(definition);
  const { plural, singular = "", kind, listKind, shortNames = [], categories = [] } = acceptedNames;
  const isTerminating = isConditionTrue(conditions, "Terminating");
  return {
    group: spec.group,
    version: version.name,
    kind,
    ...(listKind !== undefined && { listKind }),
    name: plural,
    singular,
    namespaced: spec.scope === "Namespaced",
    verbs: isTerminating ? VERBS.filter((verb) => verb !== "create") : VERBS,
    shortNames,
    categories,
    subresources: subresourcesOf(version, kind),
  };
}

function subresourcesOf(
  { subresources = {} }: CustomResourceDefinitionVersion,
  kind: string,
): readonly Subresource[] {
  const { status, scale } = subresources;
  const verbs = SUBRESOURCE_VERBS;
  return [
    ...(status === undefined ? [] : [{ name: "status", kind, verbs }]),
    ...(scale === undefined
      ? []
      : [{ name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs }]),
  ];
}

/** The strategy `None`: versions differ in nothing but their name. What the stored version does not know is lost. */
function conversion(resource: Resource, stored: ResourceVersion): StorageVersion<KubeObject> {
  const version = formatApiVersion(resource);
  return {
    resource: stored.resource,
    toStorage: (object) => stored.load().kind.readStored?.(object) ?? object,
    fromStorage: (object) => ({ ...object, apiVersion: version }),
  };
}

const codec = new Codec();

function prune(object: KubeObject, schema: ObjectSchema, gvk: Resource): KubeObject {
  const decoded: unknown = codec.decode(schema, object, { gvk, fieldValidation: "Ignore" }).object;
  return decoded as KubeObject;
}

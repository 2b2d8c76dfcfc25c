import { statusOf } from "#api/apiextensions/v1/definition-status.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from "#api/generated/apiextensions-v1.ts";
import { modelName } from "#api/model-name.ts";
import type { Resource, Subresource } from "#api/resource.ts";
import { isConditionTrue } from "#apimachinery/conditions.ts";
import { compareVersions } from "../discovery/version-order.ts";
import type { CustomResource, CustomVersion } from "../registry/kind-registry.ts";
import type { LoadedVersion } from "../registry/served-resource.ts";
import { type ConversionStrategy, renameVersion } from "./conversion/conversion-strategy.ts";
import { CustomConversion } from "./conversion/custom-conversion.ts";
import { type WebhookStrategyDependencies, webhookStrategy } from "./conversion/webhook-strategy.ts";
import { type BehaviorTools, customBehavior } from "./custom-behavior.ts";
import { resourceSchema, schemaOf } from "./resource-schema.ts";

/** In upstream's order. */
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
/** What discovery does not offer any more while a definition is being deleted. */
const WRITE_VERBS: Resource["verbs"] = ["patch", "create", "update"];
const SUBRESOURCE_VERBS = ["get", "patch", "update"];

/** What all definitions are compiled with. */
export interface DefinitionTools extends WebhookStrategyDependencies, BehaviorTools {}

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
  const source = { read, tools, schemaVersion };
  const versions = definition.spec.versions.map((version) =>
    lazyVersion(outlineOf(definition, version), source),
  );
  const home = definition.spec.versions.findIndex(({ storage }) => storage);
  const stored = versions[home];
  if (stored === undefined) throw new RangeError(`No version of "${name}" is stored`);
  return {
    stored,
    versions,
    currentFrom,
    conversion: new CustomConversion(stored, versions, strategyOf(definition, source)),
  };
}

function strategyOf({ spec }: CustomResourceDefinition, { read, tools }: VersionSource): ConversionStrategy {
  return spec.conversion?.strategy === "Webhook" ? webhookStrategy(read, tools) : renameVersion;
}

interface VersionSource {
  readonly read: () => CustomResourceDefinition;
  readonly tools: DefinitionTools;
  readonly schemaVersion: string;
}

/** What has to be known of a version all the time. */
type VersionOutline = Pick<CustomVersion, "resource" | "isServed" | "deprecationWarning" | "noCreation">;

function outlineOf(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
): VersionOutline {
  const resource = resourceOf(definition, version);
  const outline = {
    resource,
    isServed: version.served,
    ...(isLeaving(definition) && {
      noCreation: "create not allowed while custom resource definition is terminating",
    }),
  };
  if (version.deprecated !== true) return outline;
  return {
    ...outline,
    deprecationWarning: version.deprecationWarning ?? defaultWarning(definition, version),
  };
}

/** Recommends the best version that is newer, if there is one. */
function defaultWarning(
  { spec: { group, names, versions } }: CustomResourceDefinition,
  { name: deprecated }: CustomResourceDefinitionVersion,
): string {
  const nameOf = (version: string): string => `${group}/${version} ${names.kind}`;
  const [newer] = versions
    .filter((each) => each.served && each.deprecated !== true)
    .map(({ name }) => name)
    .filter((name) => compareVersions(name, deprecated) < 0)
    .toSorted(compareVersions);
  const text = `${nameOf(deprecated)} is deprecated`;
  return newer === undefined ? text : `${text}; use ${nameOf(newer)}`;
}

/** What is here must not hold on to the definition: that is what reading it again is for. */
function lazyVersion(
  { resource, ...outline }: VersionOutline,
  { read, tools, schemaVersion }: VersionSource,
): CustomVersion {
  let loaded: LoadedVersion | undefined;
  const load = (): LoadedVersion => {
    loaded ??= compileVersion(resource, read(), tools);
    return loaded;
  };
  const readVersion = (): CustomResourceDefinitionVersion => versionIn(read(), resource);
  return { resource, schemaVersion, load, readVersion, ...outline };
}

function compileVersion(
  resource: Resource,
  definition: CustomResourceDefinition,
  tools: DefinitionTools,
): LoadedVersion {
  const version = versionIn(definition, resource);
  const schema = resourceSchema(schemaOf(version), tools.metaSchema, modelName(resource));
  return { kind: { resource, ...customBehavior(version, tools) }, schema };
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
  const { acceptedNames } = statusOf(definition);
  const { plural, singular = "", kind, listKind, shortNames = [], categories = [] } = acceptedNames;
  return {
    group: spec.group,
    version: version.name,
    kind,
    ...(listKind !== undefined && { listKind }),
    name: plural,
    singular,
    namespaced: spec.scope === "Namespaced",
    verbs: isLeaving(definition) ? VERBS.filter((verb) => !WRITE_VERBS.includes(verb)) : VERBS,
    shortNames,
    categories,
    subresources: subresourcesOf(version, kind),
  };
}

function isLeaving(definition: CustomResourceDefinition): boolean {
  return isConditionTrue(statusOf(definition).conditions, "Terminating");
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

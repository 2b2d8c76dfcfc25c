import { statusOf } from "#api/apiextensions/v1/definition-status.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from "#api/generated/apiextensions-v1.ts";
import type { Kind } from "#api/kind.ts";
import { modelName } from "#api/model-name.ts";
import type { Resource, Subresource } from "#api/resource.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import { isConditionTrue } from "#apimachinery/conditions.ts";
import { formatApiVersion, type KubeObject } from "#apimachinery/meta.ts";
import type { ObjectSchema, Schema } from "#apimachinery/schema.ts";
import type { CustomResource, CustomVersion } from "../registry/kind-registry.ts";
import type { LazyCel } from "./cel/lazy-cel.ts";
import { customBehavior } from "./custom-behavior.ts";
import { resourceSchema } from "./resource-schema.ts";

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

/**
 * The resource that a definition declares, with the names that it has been given. Objects that were stored before
 * `currentFrom` may follow an older schema.
 */
export function compileDefinition(
  definition: CustomResourceDefinition,
  tools: DefinitionTools,
  currentFrom: number,
): CustomResource {
  const { versions } = definition.spec;
  const home = versions.find(({ storage }) => storage);
  if (home === undefined) throw new RangeError(`No version of "${definition.metadata.name}" is stored`);
  const stored = compileVersion(definition, home, tools);
  const others = new Map(
    versions
      .filter((version) => version.served && version !== home && isConvertible(definition))
      .map((version) => [version, storedAs(stored, compileVersion(definition, version, tools))]),
  );
  const served = versions.flatMap((version) => (version === home ? stored : (others.get(version) ?? [])));
  return { stored, versions: home.served ? served : served.filter((each) => each !== stored), currentFrom };
}

/** Whether other versions than the stored one can be served: not when a webhook would have to convert them. */
export function isConvertible({ spec }: CustomResourceDefinition): boolean {
  return (spec.conversion?.strategy ?? "None") === "None";
}

function compileVersion(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  { metaSchema, cel }: DefinitionTools,
): CustomVersion {
  const resource = resourceOf(definition, version);
  const openApi = version.schema?.openAPIV3Schema;
  const schema = resourceSchema(openApi, metaSchema, modelName(resource));
  const behavior = customBehavior(version, resource, cel);
  const { setDefaults } = behavior;
  // What was stored in another version needs no more than its name to be of this one.
  const readStored = (object: KubeObject): KubeObject => {
    const pruned = prune({ ...object, apiVersion: formatApiVersion(resource) }, schema, resource);
    return setDefaults?.(pruned) ?? pruned;
  };
  return { kind: { resource, ...behavior, readStored }, schema };
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
function storedAs(stored: CustomVersion, { kind, schema }: CustomVersion): CustomVersion {
  const version = formatApiVersion(kind.resource);
  const converted: Kind = {
    ...kind,
    storage: {
      resource: stored.kind.resource,
      toStorage: (object) => stored.kind.readStored?.(object) ?? object,
      fromStorage: (object) => ({ ...object, apiVersion: version }),
    },
  };
  return { kind: converted, schema };
}

const codec = new Codec();

function prune(object: KubeObject, schema: ObjectSchema, gvk: Resource): KubeObject {
  const decoded: unknown = codec.decode(schema, object, { gvk, fieldValidation: "Ignore" }).object;
  return decoded as KubeObject;
}

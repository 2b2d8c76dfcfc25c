import { modelName } from "#api/model-name.ts";
import type { BuiltInSchemas } from "#api/schemas.ts";
import type { GroupVersion, GroupVersionKind } from "#apimachinery/meta.ts";
import { nextTurn } from "#base/next-turn.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { readDescriptions } from "./descriptions.ts";
import { CUSTOM_TYPES, customOperations } from "./operations/custom-operations.ts";
import { type Operation, TEXT } from "./operations/operation.ts";
import { OptionParameters } from "./operations/option-parameters.ts";
import { resourceOperations } from "./operations/resource-operations.ts";
import { ComponentBuilder } from "./schemas/component-builder.ts";
import { customComponents, SHARED_TYPES } from "./schemas/custom-component.ts";
import type { OpenApiVersion } from "./schemas/publish-schema.ts";
import type { SchemaDocument } from "./schemas/schema-document.ts";

/** What is in a document. */
export interface DocumentMembers {
  readonly served: readonly ServedResource[];
  /** What is no resource. */
  readonly system: readonly Operation[];
  /** Those of which the options of requests are kinds. */
  readonly groupVersions: readonly GroupVersion[];
}

export type Components = Readonly<Record<string, SchemaDocument>>;

export interface Description {
  readonly operations: readonly Operation[];
  /** The schemas of all built-in types that occur. */
  readonly components: Components;
  /** Of each custom resource by itself: there may be many, and large ones, and nobody has to hold all of them. */
  readonly customOperations: Iterable<readonly Operation[]>;
  readonly customComponents: Iterable<Components>;
}

export async function describeResources(
  { served, system, groupVersions }: DocumentMembers,
  schemas: BuiltInSchemas,
  version: OpenApiVersion,
): Promise<Description> {
  const descriptions = await readDescriptions();
  const parameters = new OptionParameters(schemas, descriptions);
  const nameOf = (kind: GroupVersionKind): string => {
    return schemas.nameOf(kind.group, kind.version, kind.kind) ?? modelName(kind);
  };
  const builtIn = served.filter((each) => each.builtIn);
  const custom = served.filter((each) => !each.builtIn);
  const operations = [
    ...system,
    ...builtIn.flatMap(({ resource }) => resourceOperations(resource, { nameOf, parameters })),
  ];
  await nextTurn();
  const types = [...typesOf(operations), ...(custom.length > 0 ? [...CUSTOM_TYPES, ...SHARED_TYPES] : [])];
  return {
    operations,
    components: new ComponentBuilder(schemas, { descriptions, groupVersions }).build(types),
    customOperations: mapLazily(custom, ({ resource }) => customOperations(resource, parameters)),
    customComponents: mapLazily(custom, (each) => customComponents(each, descriptions, version)),
  };
}

function typesOf(operations: readonly Operation[]): readonly string[] {
  const types = operations.flatMap(({ body, answers }) => [
    ...(body === undefined ? [] : [body.type]),
    ...answers.map(({ type }) => type),
  ]);
  return [...new Set(types)].filter((type) => type !== TEXT);
}

/** A part that is there, and others that are made when their turn comes. */
export function* prepend<T>(first: T, others: Iterable<T>): Generator<T> {
  yield first;
  yield* others;
}

export function* mapLazily<A, B>(values: Iterable<A>, map: (value: A) => B): Generator<B> {
  for (const value of values) yield map(value);
}

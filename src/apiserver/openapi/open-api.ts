import { modelName } from "#api/model-name.ts";
import type { Resource } from "#api/resource.ts";
import type { BuiltInSchemas } from "#api/schemas.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { ComponentBuilder, type SchemaDocument } from "./component.ts";
import { customComponents, listKindOf, type OpenApiVersion, SHARED_TYPES } from "./custom-component.ts";
import { readDescriptions } from "./descriptions.ts";
import { type PathsDocument, pathsOf, type TypeNames, typesOf } from "./paths.ts";

export interface OpenApiSource {
  readonly registry: KindRegistry;
  readonly schemas: BuiltInSchemas;
  /** Names this build: the types of another one may differ. */
  readonly release: string;
}

export type Components = Readonly<Record<string, SchemaDocument>>;

/** The paths of some resources and the schemas of all types that occur in them. */
export interface Description {
  readonly builtIn: { readonly paths: PathsDocument; readonly components: Components };
  /** Of each custom resource by itself: there may be many, and large ones, and nobody has to hold all of them. */
  readonly customPaths: Iterable<PathsDocument>;
  readonly customComponents: Iterable<Components>;
}

export async function describeResources(
  { registry, schemas }: OpenApiSource,
  resources: readonly ServedResource[],
  version: OpenApiVersion,
): Promise<Description> {
  const descriptions = await readDescriptions();
  const groupVersions = [
    ...new Map(registry.list().map((each) => [each.apiVersion, each.resource])).values(),
  ];
  const builder = new ComponentBuilder(schemas, { descriptions, groupVersions });
  const builtIn = resources.filter((each) => each.builtIn).map(({ resource }) => resource);
  const custom = resources.filter((each) => !each.builtIn);
  const customTypes = new Set(custom.flatMap(customTypesOf));
  const typeNames: TypeNames = (gvk) => {
    const name = modelName(gvk);
    return schemas.nameOf(gvk.group, gvk.version, gvk.kind) ?? (customTypes.has(name) ? name : undefined);
  };
  const all = typesOf(
    resources.map(({ resource }) => resource),
    typeNames,
  );
  const types = all.filter((type) => !customTypes.has(type));
  return {
    builtIn: {
      paths: pathsOf(builtIn, typeNames),
      components: builder.build([...types, ...(customTypes.size > 0 ? SHARED_TYPES : [])]),
    },
    customPaths: mapLazily(custom, ({ resource }) => pathsOf([resource], typeNames, { areCustom: true })),
    customComponents: mapLazily(custom, (served) => customComponents(served, descriptions, version)),
  };
}

function customTypesOf({ resource, readVersion }: ServedResource): readonly string[] {
  if (readVersion === undefined) return [];
  return [resource, { ...resource, kind: listKindOf(resource) } satisfies Resource].map(modelName);
}

/** A part that is there, and others that are made when their turn comes. */
export function* prepend<T>(first: T, others: Iterable<T>): Generator<T> {
  yield first;
  yield* others;
}

export function* mapLazily<A, B>(values: Iterable<A>, map: (value: A) => B): Generator<B> {
  for (const value of values) yield map(value);
}

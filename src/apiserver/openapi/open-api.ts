import { gunzipSync, gzipSync } from "node:zlib";
import { modelName } from "#api/model-name.ts";
import type { BuiltInSchemas } from "#api/schemas.ts";
import type { GroupVersionKind } from "#apimachinery/meta.ts";
import { Answer, type AnswerHeaders } from "#https/answer.ts";
import { acceptsGzip } from "#https/compress.ts";
import type { Exchange } from "#https/exchange.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { ComponentBuilder } from "./component.ts";
import { customComponents, type OpenApiVersion } from "./custom-component.ts";
import { readDescriptions } from "./descriptions.ts";
import { type PathsDocument, pathsOf } from "./paths.ts";

export interface OpenApiSource {
  readonly registry: KindRegistry;
  readonly schemas: BuiltInSchemas;
  /** Names this build: the types of another one may differ. */
  readonly release: string;
}

/** A document that is made when it is first asked for and then kept compressed. */
export class LazyDocument {
  readonly #make: () => Promise<Uint8Array>;
  #compressed: Promise<Buffer> | undefined;

  constructor(make: () => Promise<Uint8Array>) {
    this.#make = make;
  }

  async answer(exchange: Exchange, fields: AnswerHeaders): Promise<Answer> {
    const compressed = await this.#content();
    return acceptsGzip(exchange)
      ? new Answer(
          200,
          { ...fields, "content-encoding": "gzip", vary: "Accept, Accept-Encoding" },
          compressed,
        )
      : new Answer(200, fields, gunzipSync(compressed));
  }

  async #content(): Promise<Buffer> {
    const content = this.#compressed ?? this.#make().then((bytes) => gzipSync(bytes, { level: 1 }));
    this.#compressed = content;
    try {
      return await content;
    } catch (error) {
      this.#compressed = undefined;
      throw error;
    }
  }
}

/** The paths of some resources and the schemas of all types that occur in them. */
export async function describeResources(
  { registry, schemas }: OpenApiSource,
  resources: readonly ServedResource[],
  version: OpenApiVersion,
): Promise<{
  readonly paths: PathsDocument["paths"];
  readonly components: ReturnType<ComponentBuilder["build"]>;
}> {
  const served = new Map(registry.list().map(({ apiVersion, resource }) => [apiVersion, resource]));
  const descriptions = await readDescriptions();
  const custom = customComponents(resources, descriptions, version);
  const groupVersions = [...served.values()];
  const builder = new ComponentBuilder(schemas, { descriptions, groupVersions, custom });
  const customResources = new Set(resources.filter((each) => !each.builtIn).map(({ resource }) => resource));
  const { paths, types } = pathsOf(
    resources.map(({ resource }) => resource),
    (gvk) => schemas.nameOf(gvk.group, gvk.version, gvk.kind) ?? customTypeName(gvk, custom),
    (resource) => customResources.has(resource),
  );
  return { paths, components: builder.build(types) };
}

function customTypeName(gvk: GroupVersionKind, known: ReadonlyMap<string, unknown>): string | undefined {
  const name = modelName(gvk);
  return known.has(name) ? name : undefined;
}

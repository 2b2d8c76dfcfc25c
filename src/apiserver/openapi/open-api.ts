import { gunzipSync, gzipSync } from "node:zlib";
import type { Resource } from "#api/resource.ts";
import type { BuiltInSchemas } from "#api/schemas.ts";
import { Answer, type AnswerHeaders } from "#https/answer.ts";
import { acceptsGzip } from "#https/compress.ts";
import type { Exchange } from "#https/exchange.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import { ComponentBuilder } from "./component.ts";
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
  resources: readonly Resource[],
): Promise<{
  readonly paths: PathsDocument["paths"];
  readonly components: ReturnType<ComponentBuilder["build"]>;
}> {
  const served = new Map(registry.list().map(({ apiVersion, resource }) => [apiVersion, resource]));
  const descriptions = await readDescriptions();
  const builder = new ComponentBuilder(schemas, { descriptions, groupVersions: [...served.values()] });
  const { paths, types } = pathsOf(resources, ({ group, version, kind }) =>
    schemas.nameOf(group, version, kind),
  );
  return { paths, components: builder.build(types) };
}

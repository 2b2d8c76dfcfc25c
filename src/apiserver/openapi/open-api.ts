import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Resource } from "#api/resource.ts";
import type { BuiltInSchemas } from "#api/schemas.ts";
import { genericNotFound } from "#apimachinery/status-error.ts";
import { Answer } from "../front/answer.ts";
import { acceptsGzip } from "../front/compress.ts";
import { documentAnswer, encoded } from "../front/document.ts";
import type { Exchange } from "../front/exchange.ts";
import { JSON_TYPE } from "../front/output-format.ts";
import type { Route } from "../front/route.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import { ComponentBuilder } from "./component.ts";
import { readDescriptions } from "./descriptions.ts";
import { pathsOf } from "./paths.ts";

const ROOT = "/openapi/v3";

/** A document that is named by its hash never changes. */
const IMMUTABLE = "public, immutable";

interface GroupVersionDocument {
  readonly hash: string;
  readonly resources: readonly Resource[];
  /** Compressed, once somebody has asked for it. */
  content: Promise<Buffer> | undefined;
}

/**
 * OpenAPI v3, one document for each group version (KEP-2896). Documents are made when they are first asked for and kept
 * compressed; the index needs none of them.
 */
export class OpenApi {
  readonly #registry: KindRegistry;
  readonly #schemas: BuiltInSchemas;
  readonly #release: string;
  #documents: ReadonlyMap<string, GroupVersionDocument> | undefined;

  /** `release` names this build: the types of another one may differ. */
  constructor(registry: KindRegistry, schemas: BuiltInSchemas, release: string) {
    this.#registry = registry;
    this.#schemas = schemas;
    this.#release = release;
    registry.onChange(() => {
      this.#documents = undefined;
    });
  }

  routes(): readonly Route[] {
    return [
      { path: ROOT, handler: () => this.#answerIndex() },
      { path: `${ROOT}/*`, label: () => ROOT, handler: (exchange) => this.#answerDocument(exchange) },
    ];
  }

  #answerIndex(): Answer {
    const paths = [...this.#current()].map(([path, { hash }]) => {
      return [path, { serverRelativeURL: `${ROOT}/${path}?hash=${hash}` }] as const;
    });
    const document = encoded({ paths: Object.fromEntries(paths) });
    return documentAnswer(200, document, { mediaType: JSON_TYPE, pretty: false });
  }

  async #answerDocument(exchange: Exchange): Promise<Answer> {
    const path = exchange.path.slice(ROOT.length + 1);
    const document = this.#current().get(path);
    if (document === undefined) throw genericNotFound();
    const { hash } = document;
    const wanted = exchange.query.get("hash");
    if (wanted !== null && wanted !== hash) {
      return new Answer(301, { location: `${ROOT}/${path}?hash=${hash}` });
    }
    const fields = {
      etag: `"${hash}"`,
      vary: "Accept",
      "content-type": JSON_TYPE,
      ...(wanted === hash && { "cache-control": IMMUTABLE }),
    };
    if (exchange.header("if-none-match") === fields.etag) return new Answer(304, fields);
    const compressed = await this.#contentOf(document);
    return acceptsGzip(exchange)
      ? new Answer(
          200,
          { ...fields, "content-encoding": "gzip", vary: "Accept, Accept-Encoding" },
          compressed,
        )
      : new Answer(200, fields, gunzipSync(compressed));
  }

  async #contentOf(document: GroupVersionDocument): Promise<Buffer> {
    const content = document.content ?? this.#make(document.resources);
    document.content = content;
    try {
      return await content;
    } catch (error) {
      document.content = undefined;
      throw error;
    }
  }

  #current(): ReadonlyMap<string, GroupVersionDocument> {
    this.#documents ??= new Map(
      [...Map.groupBy(this.#registry.list(), ({ apiVersion }) => apiVersion)]
        .map(([apiVersion, served]) => {
          const resources = served.map(({ resource }) => resource);
          const path = apiVersion.includes("/") ? `apis/${apiVersion}` : `api/${apiVersion}`;
          return [path, { hash: this.#hashOf(resources), resources, content: undefined }] as const;
        })
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
    return this.#documents;
  }

  async #make(resources: readonly Resource[]): Promise<Buffer> {
    const groupVersions = [
      ...new Map(this.#registry.list().map((each) => [each.apiVersion, each.resource])).values(),
    ];
    const builder = new ComponentBuilder(this.#schemas, {
      descriptions: await readDescriptions(),
      groupVersions,
    });
    const { paths, types } = pathsOf(resources, (gvk) =>
      this.#schemas.nameOf(gvk.group, gvk.version, gvk.kind),
    );
    const document = {
      openapi: "3.0.0",
      info: { title: "Kubernetes", version: "unversioned" },
      paths,
      components: { schemas: builder.build(types) },
    };
    return gzipSync(JSON.stringify(document), { level: 1 });
  }

  /** Changes whenever the document does: a release has one set of types, so its resources tell the rest. */
  #hashOf(resources: readonly Resource[]): string {
    const hash = createHash("sha512").update(this.#release).update(JSON.stringify(resources));
    return hash.digest("hex").toUpperCase();
  }
}

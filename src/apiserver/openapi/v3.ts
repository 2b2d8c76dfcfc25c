import { createHash } from "node:crypto";
import type { Resource } from "#api/resource.ts";
import { genericNotFound } from "#apimachinery/status-error.ts";
import { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { documentAnswer, encoded } from "../front/document.ts";
import { JSON_TYPE } from "../front/output-format.ts";
import type { Route } from "../front/route.ts";
import { describeResources, LazyDocument, type OpenApiSource } from "./open-api.ts";

const ROOT = "/openapi/v3";

/** A document that is named by its hash never changes. */
const IMMUTABLE = "public, immutable";

interface GroupVersionDocument {
  readonly hash: string;
  readonly document: LazyDocument;
}

/** OpenAPI v3, one document for each group version (KEP-2896). The index needs none of them to be made. */
export class OpenApiV3 {
  readonly #source: OpenApiSource;
  #documents: ReadonlyMap<string, GroupVersionDocument> | undefined;

  constructor(source: OpenApiSource) {
    this.#source = source;
    source.registry.onChange(() => {
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
    const found = this.#current().get(path);
    if (found === undefined) throw genericNotFound();
    const { hash, document } = found;
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
    return await document.answer(exchange, fields);
  }

  #current(): ReadonlyMap<string, GroupVersionDocument> {
    this.#documents ??= new Map(
      [...Map.groupBy(this.#source.registry.list(), ({ apiVersion }) => apiVersion)]
        .map(([apiVersion, served]) => {
          const path = apiVersion.includes("/") ? `apis/${apiVersion}` : `api/${apiVersion}`;
          return [path, this.#documentOf(served.map(({ resource }) => resource))] as const;
        })
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
    return this.#documents;
  }

  /** The hash changes whenever the document does: a release has one set of types, so the resources tell the rest. */
  #documentOf(resources: readonly Resource[]): GroupVersionDocument {
    const hash = createHash("sha512").update(this.#source.release).update(JSON.stringify(resources));
    return {
      hash: hash.digest("hex").toUpperCase(),
      document: new LazyDocument(async () => {
        const { paths, components } = await describeResources(this.#source, resources);
        const info = { title: "Kubernetes", version: "unversioned" };
        return encoded({ openapi: "3.0.0", info, paths, components: { schemas: components } }).bytes();
      }),
    };
  }
}

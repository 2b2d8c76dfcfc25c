import { createHash } from "node:crypto";
import { genericNotFound } from "#apimachinery/status-error.ts";
import { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { jsonFormat } from "../formats/json-format.ts";
import { documentAnswer, encoded } from "../front/document.ts";
import { JSON_TYPE } from "../front/output-format.ts";
import type { Caller, Route } from "../front/route.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { jsonMembers } from "./json-members.ts";
import { LazyDocument } from "./lazy-document.ts";
import { describeResources, type OpenApiSource, prepend } from "./open-api.ts";
import type { RemoteOpenApi } from "./remote-open-api.ts";

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
  readonly #remote: RemoteOpenApi;
  #documents: ReadonlyMap<string, GroupVersionDocument> | undefined;
  #previous: ReadonlyMap<string, GroupVersionDocument> = new Map();

  constructor(source: OpenApiSource, remote: RemoteOpenApi) {
    this.#source = source;
    this.#remote = remote;
    source.registry.onChange(() => {
      this.#previous = this.#documents ?? this.#previous;
      this.#documents = undefined;
    });
  }

  routes(): readonly Route[] {
    return [
      { path: ROOT, handler: () => this.#answerIndex() },
      {
        path: `${ROOT}/*`,
        label: () => ROOT,
        handler: (exchange, caller) => this.#answerDocument(exchange, caller),
      },
    ];
  }

  #answerIndex(): Answer {
    const own = [...this.#current()].map(([path, { hash }]) => {
      return [path, `${ROOT}/${path}?hash=${hash}`] as const;
    });
    const paths = [...new Map([...this.#remote.v3Urls(), ...own])]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, serverRelativeURL]) => [path, { serverRelativeURL }] as const);
    const document = encoded({ paths: Object.fromEntries(paths) });
    return documentAnswer(200, document, jsonFormat);
  }

  async #answerDocument(exchange: Exchange, caller: Caller): Promise<Answer> {
    const path = exchange.path.slice(ROOT.length + 1);
    const found = this.#current().get(path);
    if (found === undefined) {
      if (!this.#remote.v3Urls().has(path)) throw genericNotFound();
      return await this.#remote.answerV3(path, exchange, caller);
    }
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
          return [path, this.#documentOf(path, served)] as const;
        })
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
    return this.#documents;
  }

  /** What has not changed is not made again. */
  #documentOf(path: string, served: readonly ServedResource[]): GroupVersionDocument {
    const hash = this.#hashOf(served);
    const known = this.#previous.get(path);
    if (known?.hash === hash) return known;
    return { hash, document: new LazyDocument(() => this.#write(served)) };
  }

  async *#write(served: readonly ServedResource[]): AsyncGenerator<string> {
    const { builtIn, ...custom } = await describeResources(this.#source, served, "v3");
    const info = { title: "Kubernetes", version: "unversioned" };
    yield `${JSON.stringify({ openapi: "3.0.0", info }).slice(0, -1)},"paths":{`;
    yield* jsonMembers(prepend(builtIn.paths, custom.customPaths));
    yield `},"components":{"schemas":{`;
    yield* jsonMembers(prepend(builtIn.components, custom.customComponents));
    yield "}}}";
  }

  /**
   * The hash changes whenever the document does: a release has one set of built-in types, so the resources and the
   * schemas of custom ones tell the rest.
   */
  #hashOf(served: readonly ServedResource[]): string {
    const parts = served.map(({ resource, schemaVersion }) => [resource, schemaVersion]);
    const hash = createHash("sha512").update(this.#source.release).update(JSON.stringify(parts));
    return hash.digest("hex").toUpperCase();
  }
}

import { Answer, textAnswer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { JSON_TYPE } from "../../front/output-format.ts";
import type { Caller, Route } from "../../front/route.ts";
import { chooseDocumentType } from "../document-types.ts";
import type { OpenApiSource } from "../open-api-source.ts";
import type { RemoteOpenApi } from "../remote-open-api.ts";
import { V3Documents } from "./v3-documents.ts";

const ROOT = "/openapi/v3";

/** A document that is named by its hash never changes. */
const IMMUTABLE = "public, immutable";
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

/** OpenAPI v3, one document for each group version (KEP-2896). The index needs none of them to be made. */
export class OpenApiV3 {
  readonly #documents: V3Documents;
  readonly #source: OpenApiSource;
  readonly #remote: RemoteOpenApi;

  constructor(source: OpenApiSource, remote: RemoteOpenApi) {
    this.#source = source;
    this.#remote = remote;
    this.#documents = new V3Documents(source);
  }

  routes(): readonly Route[] {
    return [
      { path: ROOT, methods: "any", handler: () => this.#answerIndex() },
      {
        path: `${ROOT}/*`,
        methods: "any",
        label: () => ROOT,
        handler: (exchange, caller) => this.#answerDocument(exchange, caller),
      },
    ];
  }

  /** As text, because upstream does not say what it is. */
  #answerIndex(): Answer {
    const own = [...this.#documents.current()].flatMap(([path, { hash }]) =>
      this.#remote.takesOver(path) ? [] : [[path, urlOf(path, hash)] as const],
    );
    const paths = [...new Map([...this.#remote.v3Urls(), ...own])]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, serverRelativeURL]) => [path, { serverRelativeURL }] as const);
    return textAnswer(200, JSON.stringify({ paths: Object.fromEntries(paths) }));
  }

  async #answerDocument(exchange: Exchange, caller: Caller): Promise<Answer> {
    const path = exchange.path.slice(ROOT.length + 1);
    const found = this.#remote.takesOver(path) ? undefined : this.#documents.current().get(path);
    if (found === undefined) {
      if (!this.#remote.v3Urls().has(path)) return new Answer(404, {});
      return await this.#remote.answerV3(path, exchange, caller);
    }
    const mediaType = chooseDocumentType(exchange.header("accept"), "v3");
    if (mediaType === undefined) return new Answer(406, { vary: "Accept" });
    const { hash, json, protobuf } = found;
    const document = mediaType === JSON_TYPE ? json : protobuf;
    const fields = { etag: `"${hash}"`, vary: "Accept", "content-type": mediaType };
    const wanted = exchange.query.get("hash") ?? "";
    if (wanted === "") return await document.answer(exchange, fields);
    if (wanted !== hash) return new Answer(301, { ...fields, location: urlOf(path, hash) });
    const expires = new Date(this.#source.clock.now() + YEAR_MS).toUTCString();
    return await document.answer(exchange, { ...fields, "cache-control": IMMUTABLE, expires });
  }
}

function urlOf(path: string, hash: string): string {
  return `${ROOT}/${path}?hash=${hash}`;
}

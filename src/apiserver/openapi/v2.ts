import { notAcceptable } from "#apimachinery/status-error.ts";
import type { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { admits, parseAccept } from "../front/media-type.ts";
import { JSON_TYPE } from "../front/output-format.ts";
import type { Route } from "../front/route.ts";
import { jsonMembers } from "./json-members.ts";
import { LazyDocument } from "./lazy-document.ts";
import { mergeSpecs } from "./merge/merge-specs.ts";
import type { V2Spec } from "./merge/v2-spec.ts";
import { describeResources, mapLazily, type OpenApiSource, prepend } from "./open-api.ts";
import type { RemoteOpenApi } from "./remote-open-api.ts";
import { toDefinitions } from "./v2-definitions.ts";
import { toV2Paths } from "./v2-paths.ts";
import { type V2Document, writeV2Protobuf } from "./v2-protobuf.ts";

/** The name that client-go asks for, and the one without the `@` that media types may not contain. */
const PROTOBUF_TYPES = [
  "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
  "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
];
const [PROTOBUF_TYPE = ""] = PROTOBUF_TYPES;

interface Documents {
  readonly json: LazyDocument;
  readonly protobuf: LazyDocument;
}

/** OpenAPI v2: all paths and types in one document, for kubectl before 1.29 and for clients that merge and diff by it. */
export class OpenApiV2 {
  readonly #source: OpenApiSource;
  readonly #remote: RemoteOpenApi;
  #documents: Documents;

  constructor(source: OpenApiSource, remote: RemoteOpenApi) {
    this.#source = source;
    this.#remote = remote;
    this.#documents = this.#create();
    const forget = (): void => {
      this.#documents = this.#create();
    };
    source.registry.onChange(forget);
    remote.onChange(forget);
  }

  routes(): readonly Route[] {
    return [{ path: "/openapi/v2", handler: (exchange) => this.#answer(exchange) }];
  }

  async #answer(exchange: Exchange): Promise<Answer> {
    const mediaType = chooseType(exchange.header("accept") ?? "");
    const document = mediaType === JSON_TYPE ? this.#documents.json : this.#documents.protobuf;
    return await document.answer(exchange, { "content-type": mediaType, vary: "Accept" });
  }

  #create(): Documents {
    return {
      json: new LazyDocument(() => this.#write(writeV2Json)),
      protobuf: new LazyDocument(() => this.#write(writeV2Protobuf)),
    };
  }

  async *#write<T>(write: (document: V2Document) => Iterable<T>): AsyncGenerator<T> {
    yield* write(await this.#describe());
  }

  async #describe(): Promise<V2Document> {
    const { builtIn, customPaths, customComponents } = await describeResources(
      this.#source,
      this.#source.registry.list(),
      "v2",
    );
    const info = { title: "Kubernetes", version: this.#source.release };
    const own: V2Spec = {
      paths: toV2Paths(builtIn.paths),
      definitions: toDefinitions(builtIn.components),
    };
    const { paths, definitions } = this.#remote.v2Specs().reduce(mergeSpecs, own);
    return {
      swagger: "2.0",
      info,
      paths: prepend(paths, mapLazily(customPaths, toV2Paths)),
      definitions: prepend(definitions, mapLazily(customComponents, toDefinitions)),
    };
  }
}

function* writeV2Json({ paths, definitions, ...head }: V2Document): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"paths":{`;
  yield* jsonMembers(paths);
  yield `},"definitions":{`;
  yield* jsonMembers(definitions);
  yield "}}";
}

function chooseType(accept: string): string {
  if (accept === "") return JSON_TYPE;
  for (const clause of parseAccept(accept)) {
    if (admits(clause, JSON_TYPE)) return JSON_TYPE;
    if (PROTOBUF_TYPES.some((type) => admits(clause, type))) return PROTOBUF_TYPE;
  }
  throw notAcceptable(
    `only the following media types are accepted: ${[JSON_TYPE, ...PROTOBUF_TYPES].join(", ")}`,
  );
}

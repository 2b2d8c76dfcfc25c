import type { BuiltInSchemas } from "#api/schemas.ts";
import { nextTurn } from "#base/next-turn.ts";
import { omit } from "#base/omit.ts";
import { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { JSON_TYPE } from "../../front/output-format.ts";
import type { Route } from "../../front/route.ts";
import type { ServedResource } from "../../registry/served-resource.ts";
import {
  type Components,
  type DocumentMembers,
  describeResources,
  mapLazily,
  prepend,
} from "../describe-resources.ts";
import { chooseDocumentType } from "../document-types.ts";
import { LazyDocument } from "../lazy-document.ts";
import { mergeSpecs } from "../merge/merge-specs.ts";
import type { V2Spec } from "../merge/v2-spec.ts";
import { BEARER_TOKEN, type OpenApiSource, TITLE } from "../open-api-source.ts";
import { systemOperations } from "../operations/system-operations.ts";
import type { RemoteOpenApi } from "../remote-open-api.ts";
import { toDefinitions } from "./definitions.ts";
import { v2Paths } from "./paths.ts";
import { SharedParameters } from "./shared-parameters.ts";
import { type V2Parts, writeV2Json, writeV2Protobuf } from "./write-v2.ts";

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
    return [{ path: "/openapi/v2", methods: "any", handler: (exchange) => this.#answer(exchange) }];
  }

  async #answer(exchange: Exchange): Promise<Answer> {
    const mediaType = chooseDocumentType(exchange.header("accept"), "v2");
    if (mediaType === undefined) return new Answer(406, { vary: "Accept" });
    const document = mediaType === JSON_TYPE ? this.#documents.json : this.#documents.protobuf;
    return await document.answer(exchange, { "content-type": mediaType, vary: "Accept" });
  }

  #create(): Documents {
    return {
      json: new LazyDocument(() => this.#write(writeV2Json)),
      protobuf: new LazyDocument(() => this.#write(writeV2Protobuf)),
    };
  }

  async *#write<T>(write: (parts: V2Parts) => Iterable<T>): AsyncGenerator<T> {
    yield* write(await this.#describe());
  }

  async #describe(): Promise<V2Parts> {
    const { registry, schemas, version } = this.#source;
    const shared = new SharedParameters();
    const description = await describeResources(membersOf(registry.list(), schemas), schemas, "v2");
    await nextTurn();
    const own: V2Spec = {
      paths: v2Paths(description.operations, shared),
      definitions: toDefinitions(description.components),
      parameters: shared.documents(),
    };
    const { paths, definitions, parameters } = this.#remote.v2Specs().reduce(mergeSpecs, own);
    const custom = {
      paths: mapLazily(description.customOperations, (operations) => v2Paths(operations, shared)),
      definitions: mapLazily(description.customComponents, toDefinitions),
    };
    return {
      head: { swagger: "2.0", info: { title: TITLE, version }, ...SECURITY },
      paths: prepend(
        paths,
        mapLazily(custom.paths, (part) => without(part, paths)),
      ),
      definitions: prepend(
        definitions,
        mapLazily(custom.definitions, (part) => without(part, definitions)),
      ),
      parameters: () => ({ ...parameters, ...shared.documents() }),
    };
  }
}

const SECURITY = { security: [{ BearerToken: [] }], securityDefinitions: { BearerToken: BEARER_TOKEN } };

function membersOf(served: readonly ServedResource[], schemas: BuiltInSchemas): DocumentMembers {
  const builtIn = served.filter((each) => each.builtIn).map(({ resource }) => resource);
  return { served, system: systemOperations(builtIn), groupVersions: schemas.groupVersions };
}

/** A group version that an extension server has taken over may have the names of custom resources. */
function without(part: Components, present: Components): Components {
  const names = Object.keys(part).filter((name) => name in present);
  return names.length === 0 ? part : omit(part, ...names);
}

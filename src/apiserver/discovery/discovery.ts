import { createHash } from "node:crypto";
import { genericMethodNotAllowed, genericNotFound } from "#apimachinery/status-error.ts";
import { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { documentAnswer, type EncodedDocument, encoded } from "../front/document.ts";
import { admits, parseAccept } from "../front/media-type.ts";
import { JSON_TYPE, negotiateOutput, outputWishes, SUPPORTED_TYPES } from "../front/output-format.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import {
  aggregatedDocument,
  apiVersionsDocument,
  groupDocument,
  groupListDocument,
  resourceListDocument,
} from "./documents.ts";
import { type ServedGroup, servedGroups } from "./served-groups.ts";

export interface DiscoveryOptions {
  /** Host and port under which clients reach the server. */
  readonly serverAddress: () => string;
}

const AGGREGATED_TYPE = `${JSON_TYPE};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`;

/** Documents by path; aggregated ones with their hash. Made when first asked for, and anew when kinds change. */
interface Documents {
  readonly plain: ReadonlyMap<string, EncodedDocument>;
  readonly aggregated: ReadonlyMap<string, EncodedDocument & { readonly etag: string }>;
}

/** Answers what the server serves: `/api`, `/apis` and everything below them that is no resource. */
export class Discovery {
  readonly #registry: KindRegistry;
  readonly #options: DiscoveryOptions;
  #documents: Documents | undefined;

  constructor(registry: KindRegistry, options: DiscoveryOptions) {
    this.#registry = registry;
    this.#options = options;
    registry.onChange(() => {
      this.#documents = undefined;
    });
  }

  /** The paths of all documents. */
  paths(): readonly string[] {
    return [...this.#current().plain.keys()];
  }

  /** Throws NotFound for a path that leads to no document. */
  answer(exchange: Exchange): Answer {
    const documents = this.#current();
    const path = exchange.path.replace(/\/$/, "");
    const aggregated = documents.aggregated.get(path);
    const document = documents.plain.get(path);
    if (document === undefined) throw genericNotFound();
    if (exchange.method !== "GET" && exchange.method !== "HEAD") throw genericMethodNotAllowed();
    if (aggregated !== undefined && wantsAggregated(exchange.header("accept"))) {
      return aggregatedAnswer(aggregated, exchange.header("if-none-match"));
    }
    const format = negotiateOutput(outputWishes(exchange), { transforms: false, types: SUPPORTED_TYPES });
    return documentAnswer(200, document, format);
  }

  #current(): Documents {
    this.#documents ??= makeDocuments(servedGroups(this.#registry.list()), this.#options);
    return this.#documents;
  }
}

/** The first clause that can be served decides between one document for everything and the old ones. */
function wantsAggregated(accept = ""): boolean {
  const wanted = parseAccept(accept).find(({ name, parameters }) => {
    const { as: kind, g: group, v: version } = parameters;
    const isPlain = kind === undefined && group === undefined && version === undefined;
    return isPlain
      ? SUPPORTED_TYPES.some((type) => admits({ name, parameters }, type))
      : admits({ name, parameters }, JSON_TYPE) && isAggregatedKind(kind, group, version);
  });
  return wanted?.parameters["as"] !== undefined;
}

function isAggregatedKind(kind?: string, group?: string, version?: string): boolean {
  return kind === "APIGroupDiscoveryList" && group === "apidiscovery.k8s.io" && version === "v2";
}

function aggregatedAnswer(
  document: EncodedDocument & { readonly etag: string },
  known: string | undefined,
): Answer {
  const fields = { etag: document.etag, vary: "Accept", "cache-control": "public" };
  if (known === document.etag) return new Answer(304, fields);
  return new Answer(200, { ...fields, "content-type": AGGREGATED_TYPE }, document.bytes());
}

function makeDocuments(groups: readonly ServedGroup[], { serverAddress }: DiscoveryOptions): Documents {
  const isCore = ({ group }: ServedGroup): boolean => group === "";
  const named = groups.filter((group) => !isCore(group));
  return {
    plain: new Map([
      ["/api", encoded(apiVersionsDocument(serverAddress()))],
      ["/apis", encoded(groupListDocument(groups))],
      ...named.map((group) => [`/apis/${group.group}`, encoded(groupDocument(group))] as const),
      ...groups.flatMap((group) =>
        group.versions.map(({ version, resources }) => {
          const path = isCore(group) ? `/api/${version}` : `/apis/${group.group}/${version}`;
          return [path, encoded(resourceListDocument(group.group, version, resources))] as const;
        }),
      ),
    ]),
    aggregated: new Map([
      ["/api", withHash(aggregatedDocument(groups.filter(isCore)))],
      ["/apis", withHash(aggregatedDocument(named))],
    ]),
  };
}

function withHash(document: unknown): EncodedDocument & { readonly etag: string } {
  const bytes = encoded(document).bytes();
  const hash = createHash("sha512").update(bytes).digest("hex").toUpperCase();
  return { bytes: () => bytes, etag: `"${hash}"` };
}

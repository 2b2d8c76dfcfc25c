import { createHash } from "node:crypto";
import { formatApiVersion } from "#apimachinery/meta.ts";
import { genericMethodNotAllowed, genericNotFound } from "#apimachinery/status-error.ts";
import { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { documentAnswer, type EncodedDocument, encoded } from "../front/document.ts";
import { admits, parseAccept } from "../front/media-type.ts";
import { JSON_TYPE, negotiateOutput, outputWishes, SUPPORTED_TYPES } from "../front/output-format.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import { type DiscoveredResource, discoveredResources } from "./discovered-resources.ts";
import {
  aggregatedDocument,
  apiVersionsDocument,
  type DescribedGroup,
  groupDocument,
  groupListDocument,
  resourceDiscovery,
  resourceListDocument,
} from "./documents.ts";
import {
  orderGroups,
  type RegisteredGroup,
  type RegisteredVersion,
  type RegisteredVersions,
} from "./registered-versions.ts";

export interface DiscoveryOptions {
  /** Host and port under which clients reach the server. */
  readonly serverAddress: () => string;
}

export interface DiscoveryDependencies {
  /** What this server serves. */
  readonly registry: KindRegistry;
  /** What there is, whoever serves it. */
  readonly versions: RegisteredVersions;
}

const AGGREGATED_TYPE = `${JSON_TYPE};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`;

/** Documents by path; aggregated ones with their hash. Made when first asked for, and anew when kinds change. */
interface Documents {
  readonly plain: ReadonlyMap<string, EncodedDocument>;
  readonly aggregated: ReadonlyMap<string, EncodedDocument & { readonly etag: string }>;
}

/** Answers what the server serves: `/api`, `/apis` and everything below them that is no resource. */
export class Discovery {
  readonly #dependencies: DiscoveryDependencies;
  readonly #options: DiscoveryOptions;
  #documents: Documents | undefined;

  constructor(options: DiscoveryOptions, dependencies: DiscoveryDependencies) {
    this.#dependencies = dependencies;
    this.#options = options;
    dependencies.versions.onChange(() => {
      this.#documents = undefined;
    });
  }

  /** The paths of all documents, those of extension servers included. */
  paths(): readonly string[] {
    const remote = this.#dependencies.versions.list().filter((version) => version.remote !== undefined);
    return [...this.#current().plain.keys(), ...remote.map(pathOf)];
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
    this.#documents ??= makeDocuments(this.#dependencies, this.#options);
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

function makeDocuments(
  { registry, versions }: DiscoveryDependencies,
  { serverAddress }: DiscoveryOptions,
): Documents {
  const registered = versions.list();
  const served = discoveredResources(registry.list());
  // Upstream orders the old documents by APIServices and the new one by groups.
  const groups = orderGroups(registered, ({ group, version }) => `${version}.${group}`);
  const named = groups.filter((group) => !isCore(group));
  const described = orderGroups(registered, ({ group }) => group)
    .map((group) => describe(group, served))
    .filter((group) => group.versions.length > 0);
  return {
    plain: new Map([
      ["/api", encoded(apiVersionsDocument(serverAddress()))],
      ["/apis", encoded(groupListDocument(groups))],
      ...named.map((group) => [`/apis/${group.group}`, encoded(groupDocument(group))] as const),
      ...groups.flatMap((group) => resourceLists(group, served)),
    ]),
    aggregated: new Map([
      ["/api", withHash(aggregatedDocument(described.filter(isCore)))],
      ["/apis", withHash(aggregatedDocument(described.filter((group) => !isCore(group))))],
    ]),
  };
}

type ServedVersions = ReadonlyMap<string, readonly DiscoveredResource[]>;

function isCore({ group }: Pick<RegisteredGroup, "group">): boolean {
  return group === "";
}

/** A version for which nobody has resources is left out: it is registered for another server than this one. */
function describe({ group, versions }: RegisteredGroup, served: ServedVersions): DescribedGroup {
  const described = versions.flatMap((registered) => {
    const { version, remote } = registered;
    if (remote !== undefined) return [{ version, ...remote }];
    const resources = served.get(formatApiVersion(registered))?.map(resourceDiscovery);
    return resources === undefined ? [] : [{ version, resources, freshness: "Current" as const }];
  });
  return { group, versions: described };
}

/** Extension servers answer for their versions themselves. */
function resourceLists({ versions }: RegisteredGroup, served: ServedVersions) {
  return versions.flatMap((registered) => {
    const resources = served.get(formatApiVersion(registered));
    if (registered.remote !== undefined || resources === undefined) return [];
    const { group, version } = registered;
    return [[pathOf(registered), encoded(resourceListDocument(group, version, resources))] as const];
  });
}

function pathOf(version: RegisteredVersion): string {
  return `${version.group === "" ? "/api" : "/apis"}/${formatApiVersion(version)}`;
}

function withHash(document: unknown): EncodedDocument & { readonly etag: string } {
  const bytes = encoded(document).bytes();
  const hash = createHash("sha512").update(bytes).digest("hex").toUpperCase();
  return { bytes: () => bytes, etag: `"${hash}"` };
}

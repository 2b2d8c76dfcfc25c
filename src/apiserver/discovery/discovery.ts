import { createHash } from "node:crypto";
import { formatApiVersion } from "#apimachinery/meta.ts";
import { genericMethodNotAllowed } from "#apimachinery/status-error.ts";
import { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import type { WireFormat } from "../formats/wire-format.ts";
import { documentAnswer, type EncodedDocument, encoded } from "../front/document.ts";
import {
  chooseType,
  negotiateOutput,
  type OutputRestrictions,
  type OutputWishes,
  outputWishes,
  PLAIN_DOCUMENTS,
  STANDARD_TYPES,
} from "../front/output-format.ts";
import { PageNotFound } from "../front/page-not-found.ts";
import type { WireFormats } from "../front/wire-formats.ts";
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
  readonly formats: WireFormats;
}

export interface DiscoveryDependencies {
  /** What this server serves. */
  readonly registry: KindRegistry;
  /** What there is, whoever serves it. */
  readonly versions: RegisteredVersions;
}

const AGGREGATED_PARAMETERS = ";g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

const PLAIN: OutputRestrictions = { ...PLAIN_DOCUMENTS, types: STANDARD_TYPES };

/** One document for everything goes to whoever understands it, wherever among their wishes it stands. */
const AGGREGATED: OutputRestrictions = {
  types: STANDARD_TYPES,
  allows: (_mediaType, instead) =>
    instead?.group === "apidiscovery.k8s.io" &&
    instead.version === "v2" &&
    instead.kind === "APIGroupDiscoveryList",
};

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
    if (document === undefined) throw new PageNotFound();
    if (exchange.method !== "GET" && exchange.method !== "HEAD") throw genericMethodNotAllowed();
    const wishes = outputWishes(exchange);
    const { formats } = this.#options;
    if (aggregated !== undefined && wantsAggregated(wishes)) {
      const format = formats.of(negotiateOutput(wishes, AGGREGATED));
      return aggregatedAnswer(aggregated, format, exchange.header("if-none-match"));
    }
    return documentAnswer(200, document, formats.of(negotiateOutput(wishes, PLAIN)));
  }

  #current(): Documents {
    this.#documents ??= makeDocuments(this.#dependencies, this.#options);
    return this.#documents;
  }
}

function wantsAggregated({ accept }: OutputWishes): boolean {
  return chooseType(accept, AGGREGATED)?.instead !== undefined;
}

function aggregatedAnswer(
  document: EncodedDocument & { readonly etag: string },
  format: WireFormat,
  known: string | undefined,
): Answer {
  const fields = { etag: document.etag, vary: "Accept", "cache-control": "public" };
  if (known === document.etag) return new Answer(304, fields);
  const contentType = format.contentType + AGGREGATED_PARAMETERS;
  return documentAnswer(200, document, format, { ...fields, "content-type": contentType });
}

function makeDocuments(
  { registry, versions }: DiscoveryDependencies,
  { serverAddress }: Pick<DiscoveryOptions, "serverAddress">,
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

import { createHash } from "node:crypto";
import type { BuiltInSchemas } from "#api/schemas.ts";
import type { GroupVersion } from "#apimachinery/meta.ts";
import type { ServedResource } from "../../registry/served-resource.ts";
import { type DocumentMembers, describeResources, mapLazily, prepend } from "../describe-resources.ts";
import { LazyDocument } from "../lazy-document.ts";
import { BEARER_TOKEN, type OpenApiSource, TITLE } from "../open-api-source.ts";
import { systemOperations } from "../operations/system-operations.ts";
import { v3Paths } from "./paths.ts";
import { type V3Parts, writeV3Json, writeV3Protobuf } from "./write-v3.ts";

export interface V3Document {
  /** Changes whenever the document does. */
  readonly hash: string;
  readonly json: LazyDocument;
  readonly protobuf: LazyDocument;
}

type Documents = ReadonlyMap<string, V3Document>;

/** The documents of this server by their paths: `apis/apps/v1`, `version`. What has not changed is not made again. */
export class V3Documents {
  readonly #source: OpenApiSource;
  #documents: Documents | undefined;
  #previous: Documents = new Map();

  constructor(source: OpenApiSource) {
    this.#source = source;
    source.registry.onChange(() => {
      this.#previous = this.#documents ?? this.#previous;
      this.#documents = undefined;
    });
  }

  current(): Documents {
    this.#documents ??= this.#make();
    return this.#documents;
  }

  #make(): Documents {
    const served = this.#source.registry.list();
    const builtIn = served.filter((each) => each.builtIn);
    const system = systemOperations(builtIn.map(({ resource }) => resource));
    const bySystemPath = new Map(
      system.map((operation) => [operation.path.replace(/^\/|\/$/g, ""), operation]),
    );
    const byVersion = Map.groupBy(served, ({ apiVersion }) => {
      return apiVersion.includes("/") ? `apis/${apiVersion}` : `api/${apiVersion}`;
    });
    const paths = [...new Set([...bySystemPath.keys(), ...byVersion.keys()])].sort();
    return new Map(
      paths.map((path) => {
        const operation = bySystemPath.get(path);
        const members = { served: byVersion.get(path) ?? [], system: operation ? [operation] : [] };
        return [path, this.#documentOf(path, members)] as const;
      }),
    );
  }

  #documentOf(path: string, members: VersionMembers): V3Document {
    const hash = hashOf(members, this.#source.release);
    const known = this.#previous.get(path);
    if (known?.hash === hash) return known;
    return {
      hash,
      json: new LazyDocument(() => this.#write(members, writeV3Json)),
      protobuf: new LazyDocument(() => this.#write(members, writeV3Protobuf)),
    };
  }

  async *#write<T>(members: VersionMembers, write: (parts: V3Parts) => Iterable<T>): AsyncGenerator<T> {
    yield* write(await describe(members, this.#source));
  }
}

type VersionMembers = Omit<DocumentMembers, "groupVersions">;

/** A release has one set of built-in types, so the resources and the schemas of custom ones tell the rest. */
function hashOf({ served, system }: VersionMembers, release: string): string {
  const parts = served.map(({ resource, schemaVersion }) => [resource, schemaVersion]);
  const hash = createHash("sha512")
    .update(release)
    .update(JSON.stringify([parts, system]));
  return hash.digest("hex").toUpperCase();
}

async function describe(members: VersionMembers, { schemas, version }: OpenApiSource): Promise<V3Parts> {
  const isCustom = members.served.some(({ builtIn }) => !builtIn);
  const groupVersions = isCustom ? clientGroupVersions(schemas) : scopedGroupVersions(members.served);
  const description = await describeResources({ ...members, groupVersions }, schemas, "v3");
  const hasSchemas = isCustom || Object.keys(description.components).length > 0;
  return {
    head: { openapi: "3.0.0", info: isCustom ? CUSTOM_INFO : { title: TITLE, version } },
    paths: mapLazily(prepend(description.operations, description.customOperations), v3Paths),
    ...(hasSchemas && { schemas: prepend(description.components, description.customComponents) }),
    ...(!isCustom && { securitySchemes: { BearerToken: BEARER_TOKEN } }),
  };
}

/** Upstream's name for what it makes of CustomResourceDefinitions. */
const CUSTOM_INFO = { title: "Kubernetes CRD Swagger", version: "v0.1.0" };

/** Options of requests are kinds of the core group, too (apiserver `server/routes` `filterScopedGVKs`). */
function scopedGroupVersions(served: readonly ServedResource[]): readonly GroupVersion[] {
  const core = { group: "", version: "v1" };
  const [own = core] = served.map(({ resource: { group, version } }) => ({ group, version }));
  return own.group === "" ? [core] : [core, own];
}

/** Groups of which clients have no types; those of custom resources come from a scheme of clients. */
const SERVER_GROUPS = [
  "admission.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "imagepolicy.k8s.io",
];

function clientGroupVersions({ groupVersions }: BuiltInSchemas): readonly GroupVersion[] {
  return groupVersions.filter(({ group }) => !SERVER_GROUPS.includes(group));
}

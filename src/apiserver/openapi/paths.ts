/** The paths of a group version, as far as clients read them: who takes which parameters and bodies. */
import type { Resource, Subresource } from "#api/resource.ts";
import { formatApiVersion, type GroupVersionKind } from "#apimachinery/meta.ts";
import { COMPONENT_PREFIX, type SchemaDocument } from "./component.ts";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** OpenAPI names of the types of a kind and of lists of it; undefined for kinds without a type. */
export type TypeNames = (kind: GroupVersionKind) => string | undefined;

/** What can be done at each path. */
export type PathsDocument = Readonly<Record<string, SchemaDocument>>;

/** What an HTTP method does at a path; `action` is what clients find it by. */
interface Operation {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  readonly verb: string;
  readonly action: string;
  /** The verb of the operation id. */
  readonly word: string;
  readonly parameters: readonly Parameter[];
  /** What is sent: nothing, the kind of the path, a patch, or options. */
  readonly body?: "kind" | "patch" | "deleteOptions";
  readonly answer: "kind" | "list" | "status";
}

type Parameter = readonly [name: string, type: "string" | "boolean" | "integer"];

const SELECTION: readonly Parameter[] = [
  ["continue", "string"],
  ["fieldSelector", "string"],
  ["labelSelector", "string"],
  ["limit", "integer"],
  ["resourceVersion", "string"],
  ["resourceVersionMatch", "string"],
  ["sendInitialEvents", "boolean"],
  ["timeoutSeconds", "integer"],
];
const LIST: readonly Parameter[] = [["allowWatchBookmarks", "boolean"], ...SELECTION, ["watch", "boolean"]];
const WRITE: readonly Parameter[] = [
  ["dryRun", "string"],
  ["fieldManager", "string"],
  ["fieldValidation", "string"],
];
const DELETE: readonly Parameter[] = [
  ["dryRun", "string"],
  ["gracePeriodSeconds", "integer"],
  ["ignoreStoreReadErrorWithClusterBreakingPotential", "boolean"],
  ["orphanDependents", "boolean"],
  ["propagationPolicy", "string"],
];

const COLLECTION: readonly Operation[] = [
  { method: "get", verb: "list", action: "list", word: "list", parameters: LIST, answer: "list" },
  {
    method: "post",
    verb: "create",
    action: "post",
    word: "create",
    parameters: WRITE,
    body: "kind",
    answer: "kind",
  },
  {
    method: "delete",
    verb: "deletecollection",
    action: "deletecollection",
    word: "delete",
    parameters: [...DELETE, ...SELECTION],
    body: "deleteOptions",
    answer: "status",
  },
];

const ITEM: readonly Operation[] = [
  { method: "get", verb: "get", action: "get", word: "read", parameters: [], answer: "kind" },
  {
    method: "put",
    verb: "update",
    action: "put",
    word: "replace",
    parameters: WRITE,
    body: "kind",
    answer: "kind",
  },
  {
    method: "patch",
    verb: "patch",
    action: "patch",
    word: "patch",
    parameters: [...WRITE, ["force", "boolean"]],
    body: "patch",
    answer: "kind",
  },
  {
    method: "delete",
    verb: "delete",
    action: "delete",
    word: "delete",
    parameters: DELETE,
    body: "deleteOptions",
    answer: "status",
  },
];

const SUBRESOURCE: readonly Operation[] = [
  ...ITEM.filter(({ verb }) => verb !== "delete"),
  {
    method: "post",
    verb: "create",
    action: "post",
    word: "create",
    parameters: WRITE,
    body: "kind",
    answer: "kind",
  },
];

const LIST_EVERYWHERE = COLLECTION.filter(({ verb }) => verb === "list");

/** Clients read here how they can patch an object. */
const CUSTOM_PATCH_TYPES = [
  "application/apply-patch+yaml",
  "application/json-patch+json",
  "application/merge-patch+json",
];
const PATCH_TYPES = [...CUSTOM_PATCH_TYPES, "application/strategic-merge-patch+json"];
const ANSWER_TYPES = ["application/json", "application/yaml"];

export function pathsOf(
  resources: readonly Resource[],
  typeNames: TypeNames,
  { areCustom = false }: { readonly areCustom?: boolean } = {},
): PathsDocument {
  const patchTypes = areCustom ? CUSTOM_PATCH_TYPES : PATCH_TYPES;
  const entries = resources.flatMap(placesOf).flatMap((place) => {
    const operations = operationsAt(place, { typeNames, patchTypes });
    return Object.keys(operations).length === 0
      ? []
      : [[place.path, { parameters: place.parameters.map(pathParameter), ...operations }] as const];
  });
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The types that paths of resources refer to. */
export function typesOf(resources: readonly Resource[], typeNames: TypeNames): readonly string[] {
  const places = resources.flatMap(placesOf);
  const types = places.flatMap(({ gvk, list }) => [typeNames(gvk), typeNames(list)]);
  const options = ["DeleteOptions", "Patch", "Status"].map((name) => `${META}.${name}`);
  return [...new Set([...types.filter((type) => type !== undefined), ...options])];
}

/** A path and what can be done there. */
interface Place {
  readonly path: string;
  readonly gvk: GroupVersionKind;
  readonly list: GroupVersionKind;
  readonly verbs: readonly string[];
  readonly operations: readonly Operation[];
  readonly parameters: readonly string[];
  /** The ends of operation ids: `CoreV1`, `NamespacedPodStatus`. */
  readonly ids: { readonly prefix: string; readonly suffix: string };
}

function placesOf(resource: Resource): readonly Place[] {
  const { group, version, name, kind, listKind = `${kind}List`, namespaced, verbs } = resource;
  const root = `${group === "" ? "/api" : "/apis"}/${formatApiVersion(resource)}`;
  const collection = namespaced ? `${root}/namespaces/{namespace}/${name}` : `${root}/${name}`;
  const gvk = { group, version, kind };
  const prefix = capitalize((group === "" ? "core" : group).split(".")[0] ?? "") + capitalize(version);
  const suffix = (namespaced ? "Namespaced" : "") + kind;
  const scope = namespaced ? ["namespace"] : [];
  const list = { group, version, kind: listKind };
  const place = { gvk, list, verbs, ids: { prefix, suffix } };
  return [
    { ...place, path: collection, operations: COLLECTION, parameters: scope },
    { ...place, path: `${collection}/{name}`, operations: ITEM, parameters: ["name", ...scope] },
    ...(namespaced
      ? [
          {
            ...place,
            path: `${root}/${name}`,
            operations: LIST_EVERYWHERE,
            parameters: [],
            ids: { prefix, suffix: `${kind}ForAllNamespaces` },
          },
        ]
      : []),
    ...resource.subresources.map((each) =>
      subresourcePlace(resource, each, { ...place, path: `${collection}/{name}` }),
    ),
  ];
}

function subresourcePlace(
  { group, version, namespaced }: Resource,
  subresource: Subresource,
  { path, ids }: Pick<Place, "path" | "ids">,
): Place {
  const gvk = {
    group: subresource.group ?? group,
    version: subresource.version ?? version,
    kind: subresource.kind,
  };
  return {
    path: `${path}/${subresource.name}`,
    gvk,
    list: { ...gvk, kind: `${gvk.kind}List` },
    verbs: subresource.verbs,
    operations: SUBRESOURCE,
    parameters: ["name", ...(namespaced ? ["namespace"] : [])],
    ids: { prefix: ids.prefix, suffix: ids.suffix + capitalize(subresource.name) },
  };
}

/** What is the same for all paths of a document. */
interface Conventions {
  readonly typeNames: TypeNames;
  readonly patchTypes: readonly string[];
}

function operationsAt(place: Place, conventions: Conventions): SchemaDocument {
  const offered = place.operations.filter(({ verb }) => place.verbs.includes(verb));
  return Object.fromEntries(
    offered.map((operation) => [operation.method, operationDocument(operation, place, conventions)]),
  );
}

function operationDocument(
  operation: Operation,
  { gvk, list, ids }: Place,
  { typeNames, patchTypes }: Conventions,
): SchemaDocument {
  const { word, action, verb, parameters, body, answer } = operation;
  const own = typeNames(gvk);
  const types = {
    kind: own,
    list: typeNames(list) ?? own,
    status: `${META}.Status`,
  };
  const collection = verb === "deletecollection" ? "Collection" : "";
  return {
    operationId: word + ids.prefix + collection + ids.suffix,
    parameters: parameters.map(([name, type]) => queryParameter(name, type)),
    ...(body !== undefined && { requestBody: requestBody(body, own, patchTypes) }),
    responses: {
      "200": { description: "OK", content: contentOf(ANSWER_TYPES, types[answer]) },
      "401": { description: "Unauthorized" },
    },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": gvk,
  };
}

function requestBody(
  body: NonNullable<Operation["body"]>,
  own: string | undefined,
  patchTypes: readonly string[],
): SchemaDocument {
  switch (body) {
    case "kind":
      return { required: true, content: contentOf(["*/*"], own) };
    case "patch":
      return { required: true, content: contentOf(patchTypes, `${META}.Patch`) };
    case "deleteOptions":
      return { content: contentOf(["*/*"], `${META}.DeleteOptions`) };
  }
}

function contentOf(mediaTypes: readonly string[], type: string | undefined): SchemaDocument {
  const schema = type === undefined ? {} : { schema: { $ref: COMPONENT_PREFIX + type } };
  return Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, schema]));
}

function queryParameter(name: string, type: string): SchemaDocument {
  return { name, in: "query", schema: { type, uniqueItems: true } };
}

function pathParameter(name: string): SchemaDocument {
  return { name, in: "path", required: true, schema: { type: "string", uniqueItems: true } };
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

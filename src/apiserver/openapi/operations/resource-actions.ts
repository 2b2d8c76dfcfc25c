/** What can be done with built-in resources, as data (apiserver `pkg/endpoints` `registerResourceHandlers`). */
import { OBJECT_TYPES, STREAMED_TYPES } from "./media-types.ts";
import { type HttpMethod, withArticle } from "./operation.ts";

/** What an operation is about. */
export interface Noun {
  readonly kind: string;
  readonly subresource?: string;
  /** Whether the resource can be watched. */
  readonly isWatched: boolean;
}

export interface ResourceAction {
  /** The verb that the resource must have. */
  readonly verb: string;
  /** What clients find the operation by. */
  readonly action: string;
  readonly method: HttpMethod;
  /** How its name begins and ends. */
  readonly word: string;
  readonly ending?: string;
  /** Kinds of the meta group whose fields are parameters. */
  readonly options: readonly string[];
  readonly body?: "kind" | "Patch" | "DeleteOptions";
  readonly answer: "kind" | "list" | "Status" | "WatchEvent" | "deleted";
  readonly codes: readonly number[];
  readonly produces: readonly string[];
  readonly describe: (noun: Noun) => string;
}

export const LIST: ResourceAction = {
  verb: "list",
  action: "list",
  method: "get",
  word: "list",
  options: ["ListOptions"],
  answer: "list",
  codes: [200],
  produces: STREAMED_TYPES,
  describe: ({ kind, isWatched }) => `list ${isWatched ? "or watch " : ""}objects of kind ${kind}`,
};

const CREATE: ResourceAction = {
  verb: "create",
  action: "post",
  method: "post",
  word: "create",
  options: ["CreateOptions"],
  body: "kind",
  answer: "kind",
  codes: [200, 201, 202],
  produces: OBJECT_TYPES,
  describe: (noun) => `create${of(noun, withArticle(noun.kind))}`,
};

const DELETE_COLLECTION: ResourceAction = {
  verb: "deletecollection",
  action: "deletecollection",
  method: "delete",
  word: "deletecollection",
  options: ["DeleteOptions", "ListOptions"],
  body: "DeleteOptions",
  answer: "Status",
  codes: [200],
  produces: OBJECT_TYPES,
  describe: ({ kind }) => `delete collection of ${kind}`,
};

export const WATCH_LIST: ResourceAction = {
  verb: "watch",
  action: "watchlist",
  method: "get",
  word: "watch",
  ending: "List",
  options: ["ListOptions"],
  answer: "WatchEvent",
  codes: [200],
  produces: STREAMED_TYPES,
  describe: ({ kind }) =>
    `watch individual changes to a list of ${kind}. deprecated: use the 'watch' parameter with a list operation instead.`,
};

const GET: ResourceAction = {
  verb: "get",
  action: "get",
  method: "get",
  word: "read",
  options: [],
  answer: "kind",
  codes: [200],
  produces: OBJECT_TYPES,
  describe: (noun) => `read${of(noun, ` the specified ${noun.kind}`)}`,
};

const UPDATE: ResourceAction = {
  verb: "update",
  action: "put",
  method: "put",
  word: "replace",
  options: ["UpdateOptions"],
  body: "kind",
  answer: "kind",
  codes: [200, 201],
  produces: OBJECT_TYPES,
  describe: (noun) => `replace${of(noun, ` the specified ${noun.kind}`)}`,
};

const PATCH: ResourceAction = {
  verb: "patch",
  action: "patch",
  method: "patch",
  word: "patch",
  options: ["PatchOptions"],
  body: "Patch",
  answer: "kind",
  codes: [200, 201],
  produces: OBJECT_TYPES,
  describe: (noun) => `partially update${of(noun, ` the specified ${noun.kind}`)}`,
};

const DELETE: ResourceAction = {
  verb: "delete",
  action: "delete",
  method: "delete",
  word: "delete",
  options: ["DeleteOptions"],
  body: "DeleteOptions",
  answer: "deleted",
  codes: [200, 202],
  produces: OBJECT_TYPES,
  describe: (noun) => `delete${of(noun, withArticle(noun.kind))}`,
};

export const WATCH: ResourceAction = {
  verb: "watch",
  action: "watch",
  method: "get",
  word: "watch",
  options: ["ListOptions"],
  answer: "WatchEvent",
  codes: [200],
  produces: STREAMED_TYPES,
  describe: ({ kind }) =>
    `watch changes to an object of kind ${kind}. deprecated: use the 'watch' parameter with a list operation instead, filtered to a single item with the 'fieldSelector' parameter.`,
};

export const COLLECTION: readonly ResourceAction[] = [LIST, CREATE, DELETE_COLLECTION];
export const ITEM: readonly ResourceAction[] = [GET, UPDATE, PATCH, DELETE];
export const SUBRESOURCE: readonly ResourceAction[] = [GET, UPDATE, PATCH, CREATE];

function of({ subresource }: Noun, object: string): string {
  return subresource === undefined ? object : ` ${subresource} of${object}`;
}

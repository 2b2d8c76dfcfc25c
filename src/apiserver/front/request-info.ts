import type { RequestTarget, Verb } from "#apimachinery/request.ts";
import { parseBoolean } from "./query-values.ts";

/** What a request asks for as far as method and URL tell: the input of routing, metrics and the log. */
export type RequestInfo = ResourceRequestInfo | NonResourceRequestInfo;

export interface ResourceRequestInfo {
  readonly isResourceRequest: true;
  /** Empty for a method that no resource has. */
  readonly verb: Verb | "";
  readonly target: RequestTarget;
  /** Segments behind the subresource, which only proxies interpret. */
  readonly rest: readonly string[];
  /** Whether it is a watch by its path, not by a parameter. */
  readonly isLegacyWatch: boolean;
}

export interface NonResourceRequestInfo {
  readonly isResourceRequest: false;
  /** The HTTP method in lower case. */
  readonly verb: string;
  readonly path: string;
}

const VERBS: Readonly<Record<string, Verb>> = {
  GET: "get",
  HEAD: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** Tells `namespaces/a/status` from a resource inside namespace `a`. */
const NAMESPACE_SUBRESOURCES: readonly string[] = ["status", "finalize"];

/** No path but that behind a proxy has these segments; they are refused before anything could resolve them differently. */
const IMPOSSIBLE_SEGMENTS: readonly string[] = ["", ".", ".."];

/**
 * Reads a decoded path as apiserver `pkg/endpoints/request/requestinfo.go` does. Undefined for a path that no
 * request may have.
 */
export function parseRequestInfo(
  method: string,
  path: string,
  query: URLSearchParams,
): RequestInfo | undefined {
  const segments = splitPath(path);
  const parts = resourceParts(segments) ?? [];
  const isLegacyWatch = parts[0] === "watch" && parts.length > 1;
  const { rest, ...located } = locate(isLegacyWatch ? parts.slice(1) : parts);
  const own = located.subresource === "proxy" ? segments.slice(0, segments.length - rest.length) : segments;
  if (own.some((segment) => IMPOSSIBLE_SEGMENTS.includes(segment))) return undefined;
  if (parts.length === 0) return { isResourceRequest: false, verb: method.toLowerCase(), path };
  const verb = VERBS[method] ?? "";
  const target = { ...groupVersionOf(segments), ...located };
  const info = { isResourceRequest: true, target, rest, isLegacyWatch } as const;
  if (isLegacyWatch) return { ...info, verb: verb === "get" ? "watch" : "" };
  return { ...info, verb: target.name === undefined ? collectionVerb(verb, query) : verb };
}

/** Subresources that are a connection to something else rather than an object. */
const CONNECT_SUBRESOURCES: readonly string[] = ["attach", "exec", "log", "portforward", "proxy"];

export function isConnect({ subresource }: RequestTarget): boolean {
  return subresource !== undefined && CONNECT_SUBRESOURCES.includes(subresource);
}

/** Where connections are opened that last. */
const CONNECT_PATHS: readonly string[] = ["/v1-kubelith/connect"];

/** Whether a request lasts as long as its client likes, so that no time limit applies. */
export function isLongRunning(info: RequestInfo): boolean {
  if (!info.isResourceRequest) return CONNECT_PATHS.includes(info.path);
  return info.verb === "watch" || isConnect(info.target);
}

/** The segments behind the version; undefined for a path that leads to no resource. */
function resourceParts(segments: readonly string[]): readonly string[] | undefined {
  const prefixLength = segments[0] === "api" ? 2 : segments[0] === "apis" ? 3 : Number.POSITIVE_INFINITY;
  return segments.length > prefixLength ? segments.slice(prefixLength) : undefined;
}

function groupVersionOf([prefix, first = "", second = ""]: readonly string[]) {
  return prefix === "api" ? { group: "", version: first } : { group: first, version: second };
}

/** `resource[/name[/subresource[/…]]]`, below `namespaces/<namespace>/` for what is inside one. */
function locate(parts: readonly string[]) {
  const isInNamespace =
    parts[0] === "namespaces" && parts.length > 2 && !NAMESPACE_SUBRESOURCES.includes(parts[2] ?? "");
  const namespace = isInNamespace ? parts[1] : undefined;
  const [resource = "", name, subresource, ...rest] = isInNamespace ? parts.slice(2) : parts;
  return {
    resource,
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(subresource !== undefined && { subresource }),
    rest,
  };
}

function collectionVerb(verb: Verb | "", query: URLSearchParams): Verb | "" {
  if (verb === "delete") return "deletecollection";
  if (verb !== "get") return verb;
  return parseBoolean(query.get("watch")) === true ? "watch" : "list";
}

function splitPath(path: string): readonly string[] {
  const trimmed = path.replace(/^\/|\/$/g, "");
  return trimmed === "" ? [] : trimmed.split("/");
}

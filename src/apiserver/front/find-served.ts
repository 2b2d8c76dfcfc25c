import type { Resource } from "#api/resource.ts";
import type { RequestTarget, Verb } from "#apimachinery/request.ts";
import {
  badRequest,
  genericMethodNotAllowed,
  genericNotFound,
  methodNotAllowed,
  notFound,
} from "#apimachinery/status-error.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { PageNotFound } from "./page-not-found.ts";
import type { ResourceRequestInfo } from "./request-info.ts";

/** A request for a resource that exists, with a verb that it has. */
export interface Located {
  readonly served: ServedResource;
  readonly verb: Verb;
}

const COLLECTION_VERBS: readonly Verb[] = ["list", "watch", "create", "deletecollection"];

/** Throws NotFound for a path that leads nowhere and MethodNotAllowed for one that has other methods. */
export function findServed(registry: KindRegistry, info: ResourceRequestInfo): Located {
  const { target, verb, rest } = info;
  const served = registry.find(target);
  // What follows is a path of what is proxied to.
  const isWhole = rest.length === 0 || target.subresource === "proxy";
  const isPath = isWhole && (target.subresource === undefined || !info.isLegacyWatch);
  if (served === undefined) throw isBuiltInVersion(registry, target) ? genericNotFound() : new PageNotFound();
  if (!isPath) throw genericNotFound();
  if (!served.builtIn) return { served, verb: customVerb(served, target, verb) };
  if (!hasPath(served, target)) throw genericNotFound();
  if (verb === "" || !hasVerb(served, target, verb)) throw genericMethodNotAllowed();
  return { served, verb };
}

function isBuiltInVersion(registry: KindRegistry, { group, version }: RequestTarget): boolean {
  return registry.list().some(({ builtIn, resource }) => {
    return builtIn && resource.group === group && resource.version === version;
  });
}

/** Custom resources are no routes upstream, and other words are said of what they do not have (`crdHandler`). */
function customVerb(served: ServedResource, target: RequestTarget, verb: Verb | ""): Verb {
  const { resource, qualified } = served;
  const { name, subresource } = target;
  if (isMisplaced(resource, target, verb)) throw new PageNotFound();
  const declared = resource.subresources.find((each) => each.name === subresource);
  if (subresource !== undefined && declared === undefined) throw notFound(qualified, name ?? "");
  if (verb === "" || declared?.verbs.includes(verb) === false) throw methodNotAllowed(qualified, verb);
  const isNameWanted = verb === "update" || verb === "patch";
  if (isNameWanted && name === undefined) throw badRequest("name must be provided");
  if (verb === "create" && name !== undefined) throw methodNotAllowed(qualified, verb);
  return verb;
}

function isMisplaced({ namespaced }: Resource, { namespace }: RequestTarget, verb: Verb | ""): boolean {
  if (!namespaced) return namespace !== undefined;
  return namespace === undefined && verb !== "list" && verb !== "watch";
}

/** Objects are reached through their namespace only; what has none is never in one. */
function hasPath({ resource }: ServedResource, target: RequestTarget): boolean {
  const { namespace, name, subresource } = target;
  if (subresource !== undefined && !resource.subresources.some((each) => each.name === subresource))
    return false;
  return resource.namespaced ? namespace !== undefined || name === undefined : namespace === undefined;
}

function hasVerb({ resource }: ServedResource, target: RequestTarget, verb: Verb): boolean {
  const { namespace, name, subresource } = target;
  if (subresource !== undefined) {
    const verbs = resource.subresources.find((each) => each.name === subresource)?.verbs;
    return verbs?.includes(verb) ?? false;
  }
  const isCollection = name === undefined;
  // The legacy path of a watch may name its only object.
  if (isCollection !== COLLECTION_VERBS.includes(verb) && verb !== "watch") return false;
  const isEverywhere = resource.namespaced && namespace === undefined;
  if (isEverywhere && verb !== "list" && verb !== "watch") return false;
  return resource.verbs.includes(verb);
}

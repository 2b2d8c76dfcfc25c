import type { ListOptions, ReadOptions, ResourceRequest } from "#apimachinery/request.ts";
import { genericNotFound, methodNotAllowed, unsupportedMediaType } from "#apimachinery/status-error.ts";
import type { PipelineResponse } from "./pipeline.ts";
import { qualifiedName, type ServedResource } from "./registry/served-resource.ts";
import type { Review } from "./reviews/review.ts";
import { partOfObject, type SubresourceHandler } from "./subresources/subresource.ts";
import { createObject } from "./verbs/create.ts";
import { deleteObject } from "./verbs/delete.ts";
import { deleteCollection } from "./verbs/deletecollection.ts";
import { getObject } from "./verbs/get.ts";
import { listObjects } from "./verbs/list.ts";
import { patchObject } from "./verbs/patch.ts";
import type { RequestScope } from "./verbs/request-scope.ts";
import { replaceObject } from "./verbs/update.ts";
import { declaredStrategy, resourceStrategy } from "./verbs/update-strategy.ts";
import type { Watches } from "./verbs/watch.ts";
import type { WriteEnvironment } from "./verbs/write-environment.ts";

export interface RequestRoutes {
  readonly environment: WriteEnvironment;
  readonly watches: Watches;
  /** Resources that are only posted, by `qualifiedName`. */
  readonly reviews: ReadonlyMap<string, Review>;
  /** Resources that are only read, and stored nowhere, by `qualifiedName`. */
  readonly reports: ReadonlyMap<string, Report>;
  /** By name for all resources (`status`), or by resource and name for one (`pods/binding`). */
  readonly subresources: ReadonlyMap<string, SubresourceHandler>;
}

type Operation = ResourceRequest["operation"];

/** Answers reads with what is found out for each of them. */
export interface Report {
  get(scope: RequestScope, options?: ReadOptions): Promise<PipelineResponse>;
  list(scope: RequestScope, options?: ListOptions): Promise<PipelineResponse>;
}

/** Finds who answers a request that has been let through, and asks. */
export function routeRequest(
  routes: RequestRoutes,
  scope: RequestScope,
  operation: Operation,
): Promise<PipelineResponse> {
  const { served, target } = scope;
  checkPatchType(served, operation);
  if (target.subresource !== undefined) return routeSubresource(routes, scope, operation, target.subresource);
  checkTarget(scope, operation);
  const review = routes.reviews.get(qualifiedName(served.qualified));
  if (review !== undefined && operation.verb === "create") {
    return review(routes.environment, scope, operation, operation.options ?? {});
  }
  const report = routes.reports.get(qualifiedName(served.qualified));
  if (report !== undefined && operation.verb === "get") return report.get(scope, operation.options);
  if (report !== undefined && operation.verb === "list") return report.list(scope, operation.options);
  return routeVerb(routes, scope, operation);
}

function routeVerb(
  { environment, watches }: RequestRoutes,
  scope: RequestScope,
  operation: Operation,
): Promise<PipelineResponse> {
  const strategy = resourceStrategy;
  switch (operation.verb) {
    case "get":
      return getObject(environment, scope, operation.options);
    case "list":
      return listObjects(environment, scope, operation.options);
    case "watch":
      return watches.open(scope, operation.options);
    case "create":
      return createObject(environment, scope, operation, operation.options);
    case "update":
      return replaceObject(environment, scope, operation, { strategy, options: operation.options });
    case "patch":
      return patchObject(environment, scope, operation, { strategy, options: operation.options });
    case "delete":
      return deleteObject(environment, scope, operation.options);
    case "deletecollection":
      return deleteCollection(environment, scope, operation);
  }
}

/** Custom resources have no strategy by which they could be merged. */
function checkPatchType({ builtIn }: ServedResource, operation: Operation): void {
  if (builtIn || operation.verb !== "patch" || operation.patchType !== "strategic") return;
  throw unsupportedMediaType(
    "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
  );
}

/** Throws MethodNotAllowed for what the resource does not have, or not at this place. */
function checkTarget({ served, target }: RequestScope, { verb }: Operation): void {
  const { builtIn, resource } = served;
  const { verbs, namespaced } = resource;
  const isOnObject = verb === "get" || verb === "update" || verb === "patch" || verb === "delete";
  const hasName = (target.name ?? "") !== "";
  const isMisplaced = verb === "watch" ? false : isOnObject !== hasName;
  // Only reads go across namespaces.
  const isHomeless = namespaced && (target.namespace ?? "") === "" && verb !== "list" && verb !== "watch";
  // Custom resources have all verbs, also when discovery does not say so.
  const isOffered = !builtIn || verbs.includes(verb);
  if (!isOffered || isMisplaced || isHomeless) throw methodNotAllowed(served.qualified, verb);
}

function routeSubresource(
  { environment, subresources }: RequestRoutes,
  scope: RequestScope,
  operation: Operation,
  name: string,
): Promise<PipelineResponse> {
  const { served, target } = scope;
  const declared = served.resource.subresources.find((each) => each.name === name);
  const handler = findHandler(subresources, served, name);
  if (declared === undefined || handler === undefined || target.name === undefined) throw genericNotFound();
  const answer = declared.verbs.includes(operation.verb)
    ? callHandler(handler, environment, scope, operation)
    : undefined;
  if (answer === undefined) throw methodNotAllowed(served.qualified, operation.verb);
  return answer;
}

function findHandler(
  subresources: RequestRoutes["subresources"],
  served: ServedResource,
  name: string,
): SubresourceHandler | undefined {
  const declared = served.hub.kind.updateSubresources?.[name];
  if (declared !== undefined) return partOfObject(declaredStrategy(declared));
  return subresources.get(`${qualifiedName(served.qualified)}/${name}`) ?? subresources.get(name);
}

function callHandler(
  handler: SubresourceHandler,
  environment: WriteEnvironment,
  scope: RequestScope,
  operation: Operation,
): Promise<PipelineResponse> | undefined {
  switch (operation.verb) {
    case "get":
      return handler.get?.(environment, scope, operation.options);
    case "create":
      return handler.create?.(environment, scope, operation, operation.options);
    case "update":
      return handler.update?.(environment, scope, operation, operation.options);
    case "patch":
      return handler.patch?.(environment, scope, operation, operation.options);
    case "list":
    case "watch":
    case "delete":
    case "deletecollection":
      return undefined;
  }
}

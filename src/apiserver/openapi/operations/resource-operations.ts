/** The operations of built-in resources (apiserver `pkg/endpoints/installer.go`). */
import type { Resource, Subresource } from "#api/resource.ts";
import { formatApiVersion, type GroupVersionKind } from "#apimachinery/meta.ts";
import { answersDeletionWithObject } from "../../verbs/deleted-response.ts";
import { META } from "../schemas/schema-document.ts";
import { type ConnectPlace, connectOperations, isConnection } from "./connect-operations.ts";
import { ANYTHING, PATCH_TYPES } from "./media-types.ts";
import { answers, capitalize, type Operation, type Parameter, pathParameter, TEXT } from "./operation.ts";
import type { OptionParameters } from "./option-parameters.ts";
import {
  COLLECTION,
  ITEM,
  LIST,
  type ResourceAction,
  SUBRESOURCE,
  WATCH,
  WATCH_LIST,
} from "./resource-actions.ts";

export interface OperationTypes {
  /** The OpenAPI name of a kind. */
  readonly nameOf: (kind: GroupVersionKind) => string;
  readonly parameters: OptionParameters;
}

/** A path and what can be done there. */
interface Place extends ConnectPlace {
  readonly verbs: readonly string[];
  readonly actions: readonly ResourceAction[];
  /** The OpenAPI name of lists. */
  readonly list: GroupVersionKind;
}

export function resourceOperations(resource: Resource, types: OperationTypes): readonly Operation[] {
  return placesOf(resource, types.parameters).flatMap((place) =>
    isConnection(place.kind)
      ? connectOperations(place, types.parameters)
      : place.actions
          .filter(({ verb }) => place.verbs.includes(verb))
          .map((action) => operationAt(place, action, types)),
  );
}

function placesOf(resource: Resource, parameters: OptionParameters): readonly Place[] {
  const { group, version, name, kind, namespaced, verbs } = resource;
  const root = `${group === "" ? "/api" : "/apis"}/${formatApiVersion(resource)}`;
  const scope = namespaced ? "namespaces/{namespace}/" : "";
  const inScope = namespaced ? [parameters.namespace] : [];
  const item = `${scope}${name}/{name}`;
  const list = { group, version, kind: resource.listKind ?? `${kind}List` };
  const place = { resource, verbs, list, kind: { group, version, kind } };
  const own = { ...place, parameters: inScope, nameOf: namespaced ? `Namespaced${kind}` : kind };
  const ofItem = { ...own, parameters: [...inScope, pathParameter("name", `name of the ${kind}`)] };
  const everywhere = { ...place, parameters: [], nameOf: kind, suffix: "ForAllNamespaces" };
  return [
    { ...own, path: `${root}/${scope}${name}`, actions: COLLECTION },
    { ...own, path: `${root}/watch/${scope}${name}`, actions: [WATCH_LIST] },
    { ...ofItem, path: `${root}/${item}`, actions: ITEM },
    { ...ofItem, path: `${root}/watch/${item}`, actions: [WATCH] },
    ...(namespaced
      ? [
          { ...everywhere, path: `${root}/${name}`, actions: [LIST] },
          { ...everywhere, path: `${root}/watch/${name}`, actions: [WATCH_LIST] },
        ]
      : []),
    ...resource.subresources.map((each) => subresourcePlace(each, { ...own, path: `${root}/${item}` })),
  ];
}

function subresourcePlace(subresource: Subresource, parent: Omit<Place, "actions">): Place {
  const { name, kind, verbs } = subresource;
  const { group = parent.kind.group, version = parent.kind.version } = subresource;
  return {
    ...parent,
    path: `${parent.path}/${name}`,
    kind: { group, version, kind },
    subresource: name,
    nameOf: parent.nameOf + capitalize(name),
    verbs,
    actions: SUBRESOURCE,
    parameters: [...parent.parameters, pathParameter("name", `name of the ${kind}`)],
  };
}

function operationAt(place: Place, action: ResourceAction, types: OperationTypes): Operation {
  const { path, kind, subresource, nameOf, suffix = "" } = place;
  const { resource } = place;
  const isLog = resource.name === "pods" && subresource === "log";
  const body = bodyOf(action, place, types);
  const noun = { kind: resource.kind, isWatched: resource.verbs.includes("watch") };
  return {
    path,
    method: action.method,
    name: action.word + nameOf + (action.ending ?? "") + suffix,
    description: action.describe(subresource === undefined ? noun : { ...noun, subresource }),
    parameters: [
      types.parameters.pretty,
      ...(isLog ? types.parameters.of("io.k8s.api.core.v1.PodLogOptions") : optionsOf(action, types)),
      ...place.parameters,
    ],
    ...(body && { body }),
    consumes: action.body === "Patch" ? PATCH_TYPES : ANYTHING,
    produces: isLog ? ["text/plain", ...action.produces] : action.produces,
    answers: answers(isLog ? TEXT : answerType(action, place, types), action.codes),
    action: action.action,
    kind,
  };
}

function optionsOf(
  { action, options }: ResourceAction,
  { parameters }: OperationTypes,
): readonly Parameter[] {
  const without = action === "deletecollection" ? ["watch", "allowWatchBookmarks"] : [];
  return options.flatMap((kind) => parameters.ofMeta(kind, without));
}

function bodyOf({ body }: ResourceAction, { kind }: Place, { nameOf }: OperationTypes): Operation["body"] {
  if (body === undefined) return undefined;
  const type = body === "kind" ? nameOf(kind) : `${META}.${body}`;
  return { type, required: body !== "DeleteOptions" };
}

function answerType({ answer }: ResourceAction, place: Place, { nameOf }: OperationTypes): string {
  const { resource, kind, list } = place;
  switch (answer) {
    case "kind":
      return nameOf(kind);
    case "list":
      return nameOf(list);
    case "deleted":
      return isDeletionAnsweredWithObject(resource) ? nameOf(kind) : `${META}.Status`;
    case "Status":
    case "WatchEvent":
      return `${META}.${answer}`;
  }
}

/** Of namespaces Kubernetes does not say so. */
function isDeletionAnsweredWithObject({ group, name }: Resource): boolean {
  return name !== "namespaces" && answersDeletionWithObject({ group, resource: name });
}

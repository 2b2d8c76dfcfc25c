/** The operations of custom resources, which upstream describes apart (apiextensions-apiserver `openapi/builder`). */
import { modelName } from "#api/model-name.ts";
import type { Resource, Subresource } from "#api/resource.ts";
import { META } from "../schemas/schema-document.ts";
import { CUSTOM_OBJECT_TYPES, CUSTOM_PATCH_TYPES } from "./media-types.ts";
import {
  answers,
  capitalize,
  type HttpMethod,
  type Operation,
  type Parameter,
  pathParameter,
  withArticle,
} from "./operation.ts";
import type { OptionParameters } from "./option-parameters.ts";

interface CustomAction {
  readonly method: HttpMethod;
  readonly action: string;
  readonly word: string;
  /** Of the meta group; its fields are parameters. */
  readonly options: string;
  readonly body?: "object" | "Patch" | "DeleteOptions";
  readonly answer: "object" | "list" | "Status";
  readonly codes: readonly number[];
}

const LIST: CustomAction = {
  method: "get",
  action: "list",
  word: "list",
  options: "ListOptions",
  answer: "list",
  codes: [200],
};

const COLLECTION: readonly CustomAction[] = [
  LIST,
  {
    method: "post",
    action: "post",
    word: "create",
    options: "CreateOptions",
    body: "object",
    answer: "object",
    codes: [200, 201, 202],
  },
  {
    method: "delete",
    action: "deletecollection",
    word: "deletecollection",
    options: "ListOptions",
    answer: "Status",
    codes: [200],
  },
];

const SUBRESOURCE: readonly CustomAction[] = [
  { method: "get", action: "get", word: "read", options: "GetOptions", answer: "object", codes: [200] },
  {
    method: "put",
    action: "put",
    word: "replace",
    options: "UpdateOptions",
    body: "object",
    answer: "object",
    codes: [200, 201],
  },
  {
    method: "patch",
    action: "patch",
    word: "patch",
    options: "PatchOptions",
    body: "Patch",
    answer: "object",
    codes: [200],
  },
];

const ITEM: readonly CustomAction[] = [
  ...SUBRESOURCE,
  {
    method: "delete",
    action: "delete",
    word: "delete",
    options: "DeleteOptions",
    body: "DeleteOptions",
    answer: "Status",
    codes: [200, 202],
  },
];

interface CustomPlace {
  readonly path: string;
  readonly actions: readonly CustomAction[];
  readonly resource: Resource;
  readonly subresource?: string;
  /** The OpenAPI name of what is read and written. */
  readonly object: string;
  readonly parameters: readonly Parameter[];
  /** What operations are about, as their names say it. */
  readonly nameOf: string;
}

const SCALE = "io.k8s.api.autoscaling.v1.Scale";

/** The built-in types that may occur. */
export const CUSTOM_TYPES: readonly string[] = [
  SCALE,
  ...["DeleteOptions", "Patch", "Status"].map((name) => `${META}.${name}`),
];

/** All operations are about the kind of the resource, also those whose bodies are of another one. */
export function customOperations(resource: Resource, parameters: OptionParameters): readonly Operation[] {
  return placesOf(resource, parameters).flatMap((place) =>
    place.actions.map((action) => operationAt(place, action, parameters)),
  );
}

function placesOf(resource: Resource, { namespace }: OptionParameters): readonly CustomPlace[] {
  const { group, version, name, kind, namespaced, subresources } = resource;
  const root = `/apis/${group}/${version}`;
  const path = namespaced ? `${root}/namespaces/{namespace}/${name}` : `${root}/${name}`;
  const inScope = namespaced ? [namespace] : [];
  const place = { resource, object: modelName(resource), nameOf: namespaced ? `Namespaced${kind}` : kind };
  const ofItem = {
    ...place,
    path: `${path}/{name}`,
    parameters: [...inScope, pathParameter("name", `name of the ${kind}`)],
  };
  const everywhere = {
    ...place,
    path: `${root}/${name}`,
    actions: [LIST],
    parameters: [],
    nameOf: `${kind}ForAllNamespaces`,
  };
  return [
    ...(namespaced ? [everywhere] : []),
    { ...place, path, actions: COLLECTION, parameters: inScope },
    { ...ofItem, actions: ITEM },
    ...subresources.map((each) => subresourcePlace(ofItem, each)),
  ];
}

function subresourcePlace(item: Omit<CustomPlace, "actions">, { name }: Subresource): CustomPlace {
  return {
    ...item,
    path: `${item.path}/${name}`,
    actions: SUBRESOURCE,
    subresource: name,
    object: name === "scale" ? SCALE : item.object,
    nameOf: item.nameOf + capitalize(name),
  };
}

function operationAt(place: CustomPlace, action: CustomAction, options: OptionParameters): Operation {
  const { resource, object, path, nameOf, parameters } = place;
  const { group, version, kind, listKind = `${kind}List` } = resource;
  const types = { object, list: modelName({ group, version, kind: listKind }), Status: `${META}.Status` };
  const body = bodyOf(action, object);
  return {
    path,
    method: action.method,
    name: action.word + nameOf,
    description: describe(action, place),
    parameters: [options.pretty, ...options.ofMeta(action.options), ...parameters],
    ...(body && { body }),
    consumes: action.method === "patch" ? CUSTOM_PATCH_TYPES : CUSTOM_OBJECT_TYPES,
    produces: CUSTOM_OBJECT_TYPES,
    answers: answers(types[action.answer], action.codes),
    action: action.action,
    kind: { group, version, kind },
  };
}

function bodyOf({ body }: CustomAction, object: string): Operation["body"] {
  if (body === undefined) return undefined;
  return { type: body === "object" ? object : `${META}.${body}`, required: body !== "DeleteOptions" };
}

function describe({ word }: CustomAction, { resource: { kind }, subresource }: CustomPlace): string {
  const part = subresource === undefined ? "" : ` ${subresource} of`;
  switch (word) {
    case "list":
      return `list objects of kind ${kind}`;
    case "create":
    case "delete":
      return `${word}${withArticle(kind)}`;
    case "deletecollection":
      return `delete collection of ${kind}`;
    case "patch":
      return `partially update${part} the specified ${kind}`;
    default:
      return `${word}${part} the specified ${kind}`;
  }
}

import type { KubeObject } from "#apimachinery/meta.ts";
import type { RequestOperation, RequestTarget } from "#apimachinery/request.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import type { AuthorizationAttributes } from "../authorization/authorizer.ts";
import type { ObjectReference } from "./audit-event.ts";

/** What the request says of its object; undefined when it is about no resource. */
export function referenceOf(attributes: AuthorizationAttributes): ObjectReference | undefined {
  if (attributes.type !== "resource") return undefined;
  const { resource, namespace, name, group, version, subresource } = attributes;
  return {
    resource,
    namespace,
    name,
    uid: "",
    apiGroup: group,
    apiVersion: version,
    resourceVersion: "",
    subresource,
  };
}

/** The same with what the object in the body says of itself. */
export function withObject(reference: ObjectReference, document: unknown): ObjectReference {
  const { metadata } = document as Partial<KubeObject>;
  return {
    ...reference,
    namespace: reference.namespace || textOf(metadata?.namespace),
    name: reference.name || textOf(metadata?.name),
    uid: textOf(metadata?.uid),
    resourceVersion: textOf(metadata?.resourceVersion),
  };
}

/** The document that a request carries; undefined when there is none, or none that can be read. */
export function requestDocument(target: RequestTarget, operation: RequestOperation): unknown {
  try {
    return documentOf(target, operation) ?? undefined;
  } catch (error) {
    // The client is told by who carries the request out.
    if (error instanceof StatusError) return undefined;
    throw error;
  }
}

function documentOf({ group, version }: RequestTarget, operation: RequestOperation): unknown {
  switch (operation.verb) {
    case "get":
    case "list":
    case "watch":
      return undefined;
    case "create":
    case "update":
      return operation.object;
    case "patch":
      return operation.patch;
    case "delete":
    case "deletecollection": {
      const { dryRun, ...options } = operation.options ?? {};
      if (Object.keys(options).length === 0 && dryRun !== true) return undefined;
      const apiVersion = group === "" ? version : `${group}/${version}`;
      return { kind: "DeleteOptions", apiVersion, ...options, ...(dryRun === true && { dryRun: ["All"] }) };
    }
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

import type { PatchType, RequestOperation, RequestTarget, ResourceRequest } from "#apimachinery/request.ts";

/** A request as HTTP carries it. The body is text, so that it can be sent again. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
}

/** The HTTP form of a request for a resource (Kubernetes API conventions, "Verbs on Resources"). */
export function encodeRequest({ target, operation }: ResourceRequest): HttpRequest {
  const path = pathOf(target);
  const query = queryOf(operation);
  const text = query.toString();
  return { ...encodeOperation(operation), path: text === "" ? path : `${path}?${text}` };
}

function encodeOperation(operation: RequestOperation): Omit<HttpRequest, "path"> {
  switch (operation.verb) {
    case "get":
    case "list":
    case "watch":
      return { method: "GET" };
    case "create":
      return { method: "POST", ...json(operation.object) };
    case "update":
      return { method: "PUT", ...json(operation.object) };
    case "patch":
      return { method: "PATCH", ...json(operation.patch), contentType: PATCH_TYPES[operation.patchType] };
    case "delete":
    case "deletecollection":
      return { method: "DELETE", ...json(deleteOptions(operation.options ?? {})) };
  }
}

/** JSON is YAML, so an apply patch can be sent as JSON under its one media type. */
const PATCH_TYPES: Readonly<Record<PatchType, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

function json(value: unknown): { readonly contentType: string; readonly body: string } {
  return { contentType: "application/json", body: JSON.stringify(value) };
}

type DeleteOptions = NonNullable<Extract<RequestOperation, { verb: "delete" }>["options"]>;

function deleteOptions({ dryRun, ...options }: DeleteOptions): unknown {
  return { kind: "DeleteOptions", apiVersion: "v1", ...options, ...(dryRun === true && { dryRun: ["All"] }) };
}

function pathOf({ group, version, resource, namespace, name, subresource }: RequestTarget): string {
  const root = group === "" ? ["api", version] : ["apis", group, version];
  const scope = namespace === undefined ? [] : ["namespaces", namespace];
  const parts = [...root, ...scope, resource, name, subresource].filter((part) => part !== undefined);
  return `/${parts.map(encodeURIComponent).join("/")}`;
}

function queryOf(operation: RequestOperation): URLSearchParams {
  switch (operation.verb) {
    case "watch":
      return search({ watch: true, ...operation.options });
    case "get":
    case "list":
      return search(operation.options ?? {});
    case "create":
    case "update":
    case "patch": {
      const { dryRun, ...options } = operation.options ?? {};
      return search({ ...options, ...(dryRun === true && { dryRun: "All" }) });
    }
    case "deletecollection":
      return search(operation.list ?? {});
    case "delete":
      return new URLSearchParams();
  }
}

/** The options have the names of the query parameters. */
function search(options: object): URLSearchParams {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(options)) if (value !== undefined) query.set(key, String(value));
  return query;
}

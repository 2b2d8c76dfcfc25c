import { describe, expect, test } from "bun:test";
import { builtInResource } from "#api/resource.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { serveCustom } from "#testing/custom-resources.ts";
import { aStruct } from "#testing/schema.ts";
import { KindRegistry } from "../registry/kind-registry.ts";
import { findServed } from "./find-served.ts";
import { PageNotFound } from "./page-not-found.ts";
import { parseRequestInfo } from "./request-info.ts";

const schemas = new BuiltInSchemas();
const kinds = [
  ["", "v1", "Pod"],
  ["", "v1", "Node"],
  ["", "v1", "Namespace"],
  ["", "v1", "Binding"],
  ["authorization.k8s.io", "v1", "SubjectAccessReview"],
].map(([group = "", version = "", kind = ""]) => ({ resource: builtInResource(group, version, kind) }));
const registry = new KindRegistry(kinds, (resource) => schemas.ofResource(resource));
const status = { name: "status", kind: "Widget", verbs: ["get", "patch", "update"] };
const widgets = {
  ...builtInResource("", "v1", "Pod"),
  group: "example.com",
  kind: "Widget",
  name: "widgets",
};
const custom = { ...widgets, subresources: [status] };
const parts = { ...widgets, kind: "Part", name: "parts", namespaced: false, subresources: [] };
for (const resource of [custom, parts]) serveCustom(registry, { resource }, aStruct("Any", {}));

describe("findServed", () => {
  const cases: { request: string; want: string }[] = [
    { request: "GET /api/v1/pods", want: "pods list" },
    { request: "GET /api/v1/pods?watch=1", want: "pods watch" },
    { request: "GET /api/v1/watch/namespaces/a/pods/b", want: "pods watch" },
    { request: "POST /api/v1/watch/namespaces/a/pods", want: "405" },
    { request: "GET /api/v1/watch/pods/b", want: "404" },
    { request: "GET /api/v1/watch/namespaces/a/pods/b/status", want: "404" },
    { request: "GET /api/v1/watch/nodes/b", want: "nodes watch" },
    { request: "GET /api/v1/namespaces/a/pods/b", want: "pods get" },
    { request: "DELETE /api/v1/namespaces/a/pods", want: "pods deletecollection" },
    { request: "GET /api/v1/nodes/a", want: "nodes get" },
    { request: "PATCH /api/v1/nodes/a/status", want: "nodes patch" },
    { request: "PUT /api/v1/namespaces/a/finalize", want: "namespaces update" },
    { request: "POST /api/v1/namespaces/a/pods/b/binding", want: "pods create" },
    {
      request: "POST /apis/authorization.k8s.io/v1/subjectaccessreviews",
      want: "subjectaccessreviews create",
    },
    { request: "GET /api/v1/foos", want: "404 the" },
    { request: "GET /api/v2/pods", want: "404 page" },
    { request: "GET /api/v1/pods/b", want: "404" },
    { request: "GET /api/v1/namespaces/a/nodes", want: "404" },
    { request: "GET /api/v1/namespaces/a/pods/b/foo", want: "404" },
    { request: "GET /api/v1/namespaces/a/pods/b/status/x", want: "404" },
    { request: "POST /api/v1/pods", want: "405" },
    { request: "DELETE /api/v1/pods", want: "405" },
    { request: "PUT /api/v1/namespaces/a/pods", want: "405" },
    { request: "POST /api/v1/namespaces/a/pods/b", want: "405" },
    { request: "OPTIONS /api/v1/nodes", want: "405" },
    { request: "DELETE /api/v1/nodes/a/status", want: "405" },
    { request: "GET /api/v1/namespaces/a/pods/b/binding", want: "405" },
    { request: "GET /api/v1/namespaces/a/bindings", want: "405" },
    { request: "DELETE /api/v1/namespaces", want: "405" },
  ];
  test.each(cases)("$request", ({ request, want }) => {
    expect(outcomeOf(request)).toStartWith(want);
  });

  test.each([
    ["GET /apis/example.com/v1/widgets", "widgets list"],
    ["GET /apis/example.com/v1/namespaces/a/widgets/b", "widgets get"],
    ["PUT /apis/example.com/v1/namespaces/a/widgets/b/status", "widgets update"],
    ["DELETE /apis/example.com/v1/parts", "parts deletecollection"],
    ["POST /apis/example.com/v1/widgets", "404 page not found"],
    ["DELETE /apis/example.com/v1/widgets", "404 page not found"],
    ["GET /apis/example.com/v1/namespaces/a/parts", "404 page not found"],
    ["GET /apis/example.com/v1/gadgets", "404 page not found"],
    ["GET /apis/example.com/v1/namespaces/a/widgets/b/scale", '404 widgets.example.com "b" not found'],
    [
      "DELETE /apis/example.com/v1/namespaces/a/widgets/b/status",
      '405 delete is not supported on resources of kind "widgets.example.com"',
    ],
    ["PUT /apis/example.com/v1/namespaces/a/widgets", "400 name must be provided"],
  ])("%s for a custom resource", (request, want) => {
    expect(outcomeOf(request)).toBe(want);
  });
});

function outcomeOf(request: string): string {
  const [method = "", url = ""] = request.split(" ");
  const [path = "", query = ""] = url.split("?");
  const info = parseRequestInfo(method, path, new URLSearchParams(query));
  if (info?.isResourceRequest !== true) return "no resource";
  try {
    const { served, verb } = findServed(registry, info);
    return `${served.resource.name} ${verb}`;
  } catch (error) {
    if (error instanceof PageNotFound) return "404 page not found";
    if (error instanceof StatusError) return `${String(error.status.code)} ${error.message}`;
    throw error;
  }
}

import { describe, expect, test } from "bun:test";
import type { RequestOperation, RequestTarget } from "#apimachinery/request.ts";
import { encodeRequest } from "./encode-request.ts";

const pods: RequestTarget = { group: "", version: "v1", resource: "pods", namespace: "default" };
const pod: RequestTarget = { ...pods, name: "web" };
const nodes: RequestTarget = { group: "", version: "v1", resource: "nodes" };
const scale: RequestTarget = {
  group: "apps",
  version: "v1",
  resource: "deployments",
  namespace: "default",
  name: "web",
  subresource: "scale",
};

describe("encodeRequest", () => {
  const cases: { name: string; target: RequestTarget; operation: RequestOperation; want: string }[] = [
    { name: "get", target: pod, operation: { verb: "get" }, want: "GET /api/v1/namespaces/default/pods/web" },
    {
      name: "list with selectors",
      target: nodes,
      operation: { verb: "list", options: { labelSelector: "a in (b,c)", fieldSelector: "x=y", limit: 500 } },
      want: "GET /api/v1/nodes?labelSelector=a+in+%28b%2Cc%29&fieldSelector=x%3Dy&limit=500",
    },
    {
      name: "watch",
      target: pods,
      operation: { verb: "watch", options: { resourceVersion: "7", allowWatchBookmarks: true } },
      want: "GET /api/v1/namespaces/default/pods?watch=true&resourceVersion=7&allowWatchBookmarks=true",
    },
    {
      name: "create as a dry run",
      target: pods,
      operation: { verb: "create", object: { a: 1 }, options: { dryRun: true, fieldManager: "me" } },
      want: 'POST /api/v1/namespaces/default/pods?fieldManager=me&dryRun=All application/json {"a":1}',
    },
    {
      name: "update of a subresource",
      target: scale,
      operation: { verb: "update", object: { b: 2 } },
      want: 'PUT /apis/apps/v1/namespaces/default/deployments/web/scale application/json {"b":2}',
    },
    {
      name: "merge patch",
      target: pod,
      operation: { verb: "patch", patchType: "merge", patch: { c: null } },
      want: 'PATCH /api/v1/namespaces/default/pods/web application/merge-patch+json {"c":null}',
    },
    {
      name: "apply with force",
      target: pod,
      operation: {
        verb: "patch",
        patchType: "apply",
        patch: {},
        options: { force: true, fieldManager: "me" },
      },
      want: "PATCH /api/v1/namespaces/default/pods/web?force=true&fieldManager=me application/apply-patch+yaml {}",
    },
    {
      name: "delete",
      target: pod,
      operation: { verb: "delete", options: { preconditions: { uid: "1" }, dryRun: true } },
      want: 'DELETE /api/v1/namespaces/default/pods/web application/json {"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"1"},"dryRun":["All"]}',
    },
    {
      name: "delete of a collection",
      target: pods,
      operation: {
        verb: "deletecollection",
        list: { labelSelector: "a=b" },
        options: { gracePeriodSeconds: 0 },
      },
      want: 'DELETE /api/v1/namespaces/default/pods?labelSelector=a%3Db application/json {"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0}',
    },
    {
      name: "a name that needs quoting",
      target: { ...nodes, name: "a/b?c" },
      operation: { verb: "get" },
      want: "GET /api/v1/nodes/a%2Fb%3Fc",
    },
  ];
  test.each(cases)("writes $name", ({ target, operation, want }) => {
    const { method, path, contentType, body } = encodeRequest({ target, operation });
    expect([method, path, contentType, body].filter(Boolean).join(" ")).toBe(want);
  });
});

import { describe, expect, test } from "bun:test";
import { parseRequestInfo } from "./request-info.ts";

describe("parseRequestInfo", () => {
  const resources: { request: string; want: string }[] = [
    { request: "GET /api/v1/pods", want: "list v1 pods" },
    { request: "HEAD /api/v1/pods", want: "list v1 pods" },
    { request: "GET /api/v1/pods/", want: "list v1 pods" },
    { request: "GET /api/v1/pods?watch=true", want: "watch v1 pods" },
    { request: "GET /api/v1/pods?watch", want: "watch v1 pods" },
    { request: "GET /api/v1/pods?watch=0", want: "list v1 pods" },
    { request: "GET /api/v1/pods?watch=False", want: "list v1 pods" },
    { request: "GET /api/v1/watch/pods", want: "watch v1 pods" },
    { request: "GET /api/v1/watch/namespaces/a/pods/b", want: "watch v1 a pods/b" },
    { request: "GET /api/v1/namespaces", want: "list v1 namespaces" },
    { request: "GET /api/v1/namespaces/a", want: "get v1 namespaces/a" },
    { request: "PUT /api/v1/namespaces/a/finalize", want: "update v1 namespaces/a/finalize" },
    { request: "GET /api/v1/namespaces/a/status", want: "get v1 namespaces/a/status" },
    { request: "POST /api/v1/namespaces/a/pods", want: "create v1 a pods" },
    { request: "DELETE /api/v1/namespaces/a/pods", want: "deletecollection v1 a pods" },
    { request: "DELETE /api/v1/namespaces/a/pods/b", want: "delete v1 a pods/b" },
    {
      request: "PATCH /apis/apps/v1/namespaces/a/deployments/b/scale",
      want: "patch apps/v1 a deployments/b/scale",
    },
    { request: "GET /apis/apps/v1/deployments", want: "list apps/v1 deployments" },
    { request: "OPTIONS /api/v1/pods", want: " v1 pods" },
    { request: "GET /api/v1/namespaces/a/pods/b/proxy/x/y", want: "get v1 a pods/b/proxy x/y" },
    { request: "GET /api/v1/nodes/a/proxy//x/../y/", want: "get v1 nodes/a/proxy /x/../y" },
    { request: "GET /api/v1/watch", want: "list v1 watch" },
  ];
  test.each(resources)("$request", ({ request, want }) => {
    const info = parse(request);
    expect(info?.isResourceRequest === true && describeInfo(info)).toBe(want);
  });

  test.each([
    "GET /",
    "GET /api",
    "GET /api/v1",
    "GET /apis",
    "GET /apis/apps",
    "GET /apis/apps/v1",
    "GET /version",
  ])("%s asks for no resource", (request) => {
    expect(parse(request)).toEqual({ isResourceRequest: false, verb: "get", path: request.slice(4) });
  });

  test.each([
    "GET //api/v1/pods",
    "GET /api/v1//pods",
    "GET /api/v1/../x",
    "GET /api/v1/namespaces/./pods",
    "GET /x//",
  ])("%s is no possible path", (request) => {
    expect(parse(request)).toBeUndefined();
  });
});

function parse(request: string) {
  const [method = "", url = ""] = request.split(" ");
  const [path = "", query = ""] = url.split("?");
  return parseRequestInfo(method, path, new URLSearchParams(query));
}

function describeInfo({
  verb,
  target,
  rest,
}: Extract<ReturnType<typeof parse>, { isResourceRequest: true }>): string {
  const groupVersion = target.group === "" ? target.version : `${target.group}/${target.version}`;
  const path = [target.resource, target.name, target.subresource]
    .filter((part) => part !== undefined)
    .join("/");
  return [verb, groupVersion, target.namespace, path, rest.join("/")]
    .filter((part, index) => index === 0 || (part ?? "") !== "")
    .join(" ");
}

import { describe, expect, test } from "bun:test";
import { parseRequestInfo, type ResourceRequestInfo } from "../../front/request-info.ts";
import { WatchCounts } from "./watch-counts.ts";

function parse(url: string): { readonly info: ResourceRequestInfo; readonly query: URLSearchParams } {
  const { pathname, searchParams: query } = new URL(url, "https://host");
  const info = parseRequestInfo("GET", pathname, query);
  if (info?.isResourceRequest !== true) throw new TypeError("No request for a resource");
  return { info, query };
}

describe("WatchCounts", () => {
  const watches = [
    "/api/v1/pods",
    "/api/v1/namespaces/a/pods",
    "/api/v1/namespaces/a/pods/x",
    "/api/v1/namespaces/b/pods",
    "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1",
    "/api/v1/pods?fieldSelector=spec.nodeName%3D",
    "/api/v1/pods?fieldSelector=spec.nodeName!%3Dn1",
    "/api/v1/services",
    "/api/v1/nodes",
  ];
  test.each([
    { path: "/api/v1/namespaces/a/pods/x", want: 5 },
    { path: "/api/v1/namespaces/a/pods/y", want: 4 },
    { path: "/api/v1/namespaces/a/pods", want: 4 },
    { path: "/api/v1/namespaces/c/pods/x", want: 3 },
    { path: "/api/v1/nodes/n1", want: 1 },
    { path: "/apis/apps/v1/namespaces/a/deployments/x", want: 0 },
  ])("a change of $path is heard by $want", ({ path, want }) => {
    const counts = new WatchCounts();
    const counted = watches.map(parse).map(({ info, query }) => counts.add(info.target, query));
    expect(counts.of(parse(path).info.target)).toBe(want);
    for (const watch of counted) watch[Symbol.dispose]();
    expect(counts.of(parse(path).info.target)).toBe(0);
  });
});

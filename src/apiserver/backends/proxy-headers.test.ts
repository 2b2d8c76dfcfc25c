import { describe, expect, test } from "bun:test";
import { answeredHeaders, forwardedHeaders, rewriteLocation } from "./proxy-headers.ts";

const forwarded = {
  headers: {
    ":authority": "api:6443",
    authorization: "Bearer secret",
    "impersonate-user": "jane",
    connection: "Upgrade, X-Hop",
    upgrade: "websocket",
    "x-hop": "a",
    te: "trailers",
    accept: "text/html",
    cookie: ["a=1", "b=2"],
    "x-forwarded-for": "192.0.2.7",
  },
  clientAddress: "192.0.2.1",
  host: "api:6443",
  uri: "/api/v1/namespaces/default/pods/web/proxy/page",
};

describe("forwardedHeaders", () => {
  const passed = {
    accept: "text/html",
    cookie: ["a=1", "b=2"],
    host: "api:6443",
    "x-forwarded-for": "192.0.2.7, 192.0.2.1",
    "x-forwarded-uri": "/api/v1/namespaces/default/pods/web/proxy/page",
  };

  test("leave out what is for this hop, and credentials", () => {
    expect(forwardedHeaders(forwarded, { isUpgrade: false })).toEqual(passed);
  });

  test("keep an upgrade", () => {
    expect(forwardedHeaders(forwarded, { isUpgrade: true })).toEqual({
      ...passed,
      connection: "Upgrade, X-Hop",
      upgrade: "websocket",
    });
  });

  test("leave out the token among the protocols of a WebSocket", () => {
    const protocols = "a, base64url.bearer.authorization.k8s.io.c2VjcmV0, b";
    const headers = { "sec-websocket-protocol": protocols };
    expect(forwardedHeaders({ ...forwarded, headers }, { isUpgrade: true })).toMatchObject({
      "sec-websocket-protocol": "a,b",
    });
  });
});

test("answeredHeaders keeps several values and leaves out what is for this hop", () => {
  const raw = ["Set-Cookie", "a=1", "Set-Cookie", "b=2", "Connection", "close, X-Hop", "X-Hop", "a"];
  const more = ["Transfer-Encoding", "chunked", "Access-Control-Allow-Origin", "*", "Content-Type", "a/b"];
  expect(answeredHeaders([...raw, ...more])).toEqual({
    "set-cookie": ["a=1", "b=2"],
    "content-type": "a/b",
  });
});

describe("rewriteLocation", () => {
  const page = {
    prefix: "/api/v1/namespaces/default/pods/web/proxy",
    backend: "10.42.0.5:80",
    host: "localhost:8001",
  };
  test.each([
    ["/login?to=//x", "/api/v1/namespaces/default/pods/web/proxy/login?to=//x"],
    ["http://10.42.0.5:80/a/", "/api/v1/namespaces/default/pods/web/proxy/a/"],
    ["http://localhost:8001/a", "/api/v1/namespaces/default/pods/web/proxy/a"],
    ["//10.42.0.5:80/a", "/api/v1/namespaces/default/pods/web/proxy/a"],
    ["/api/v1/namespaces/default/pods/web/proxy/there", "/api/v1/namespaces/default/pods/web/proxy/there"],
    ["relative/page", "relative/page"],
    ["https://example.com/a", "https://example.com/a"],
    ["http://10.42.0.5:81/a", "http://10.42.0.5:81/a"],
  ])("%s becomes %s", (location, want) => {
    expect(rewriteLocation(location, page)).toBe(want);
  });
});

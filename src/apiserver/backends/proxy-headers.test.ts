import { describe, expect, test } from "bun:test";
import { answeredHeaders, forwardedHeaders, forwardedUpgradeHeaders } from "./proxy-headers.ts";

const forwarded = {
  headers: {
    ":authority": "api:6443",
    authorization: "Bearer secret",
    "impersonate-user": "jane",
    connection: "Upgrade, X-Hop",
    upgrade: "websocket",
    "x-hop": "a",
    te: "gzip, Trailers",
    accept: "text/html",
    cookie: ["a=1", "b=2"],
    "x-forwarded-for": ["192.0.2.7", "FD00::1"],
  },
  clientAddress: "192.0.2.1",
  host: "api:6443",
};
const URI = "/api/v1/namespaces/default/pods/web/proxy/page";

const passed = {
  accept: "text/html",
  cookie: ["a=1", "b=2"],
  host: "api:6443",
  "x-forwarded-for": "192.0.2.7, FD00::1, 192.0.2.1",
};

test("forwardedHeaders leave out what is for this hop, and credentials", () => {
  expect(forwardedHeaders(forwarded, URI)).toEqual({ ...passed, te: "trailers", "x-forwarded-uri": URI });
});

describe("forwardedUpgradeHeaders", () => {
  test("keep what is for this hop", () => {
    expect(forwardedUpgradeHeaders(forwarded)).toEqual({
      ...passed,
      connection: "Upgrade, X-Hop",
      upgrade: "websocket",
      "x-hop": "a",
      te: "gzip, Trailers",
    });
  });

  test("leave out the token among the protocols of a WebSocket", () => {
    const protocols = "a, base64url.bearer.authorization.k8s.io.c2VjcmV0, b";
    const headers = { "sec-websocket-protocol": protocols };
    expect(forwardedUpgradeHeaders({ ...forwarded, headers })).toMatchObject({
      "sec-websocket-protocol": "a,b",
    });
  });
});

test("answeredHeaders keeps several values and leaves out what is for this hop", () => {
  const raw = ["Set-Cookie", "a=1", "Set-Cookie", "b=2", "Connection", "close, X-Hop", "X-Hop", "a"];
  const more = ["Transfer-Encoding", "chunked", "Access-Control-Allow-Origin", "*", "Content-Type", "a/b"];
  const allowed = ["Access-Control-Max-Age", "5"];
  expect(answeredHeaders([...raw, ...more, ...allowed])).toEqual({
    "set-cookie": ["a=1", "b=2"],
    "content-type": "a/b",
    "access-control-max-age": "5",
  });
});

import { describe, expect, test } from "bun:test";
import { isWebSocketRequest, subprotocolsOf, webSocketTokenAuthenticator } from "./web-socket-token.ts";

const known = webSocketTokenAuthenticator([
  { authenticateToken: (token) => (token === "gööd" ? { name: "ada", groups: [] } : undefined) },
]);
const tokenProtocol = (token: string | Uint8Array): string =>
  `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString("base64url")}`;
const GOOD = tokenProtocol("gööd");

function request(protocols: string | undefined, upgrade = "WebSocket") {
  const headers: Record<string, string | undefined> = {
    upgrade,
    connection: "keep-alive, Upgrade",
    "sec-websocket-protocol": protocols,
  };
  return { peer: { address: "192.0.2.1" }, header: (name: string) => headers[name], headerLines: () => [] };
}

describe("webSocketTokenAuthenticator", () => {
  test.each([`${GOOD},a`, `a, ${GOOD}`])("reads %j", async (protocols) => {
    expect((await known.authenticate(request(protocols)))?.name).toBe("ada");
  });

  test.each([undefined, "a", `${tokenProtocol("")},a`])("sees no token in %j", async (protocols) => {
    expect(await known.authenticate(request(protocols))).toBeUndefined();
  });

  test("takes no notice of the protocols of something else", async () => {
    expect(await known.authenticate(request(GOOD, "spdy/3.1"))).toBeUndefined();
  });

  const refused = [
    { protocols: `${tokenProtocol("bad")},a`, reason: "invalid bearer token" },
    { protocols: GOOD, reason: "missing additional subprotocol" },
    { protocols: `${GOOD},${GOOD},a`, reason: "multiple base64.bearer.authorization tokens specified" },
    { protocols: `${GOOD}=,a`, reason: "invalid base64.bearer.authorization token encoding" },
    { protocols: `${tokenProtocol(Buffer.of(0xff))},a`, reason: "invalid base64.bearer.authorization token" },
  ];
  test.each(refused)("refuses $protocols", async ({ protocols, reason }) => {
    await expect(known.authenticate(request(protocols))).rejects.toThrow(reason);
  });
});

test("the token is none of the protocols that can be chosen", () => {
  expect(subprotocolsOf(request(`a, ${GOOD}, b`))).toEqual(["a", "b"]);
  expect(subprotocolsOf(request(undefined))).toEqual([]);
});

test("a WebSocket is what asks to become one", () => {
  expect(isWebSocketRequest(request(undefined))).toBe(true);
  expect(isWebSocketRequest(request(undefined, "h2c"))).toBe(false);
  expect(isWebSocketRequest({ header: () => undefined })).toBe(false);
});

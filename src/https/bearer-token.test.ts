import { describe, expect, test } from "bun:test";
import { bearerTokenAuthenticator } from "./bearer-token.ts";

const known = bearerTokenAuthenticator([
  { authenticateToken: () => undefined },
  { authenticateToken: (token) => (token === "good" ? { name: "ada", groups: [] } : undefined) },
]);

function authenticate(authorization: string | undefined) {
  const header = (name: string) => (name === "authorization" ? authorization : undefined);
  return known.authenticate({ peer: { address: "192.0.2.1" }, header, headerLines: () => [] });
}

describe("bearerTokenAuthenticator", () => {
  test.each(["Bearer good", "bearer good", " BEARER good ", "Bearer good more"])(
    "reads %j",
    async (header) => {
      expect((await authenticate(header))?.name).toBe("ada");
    },
  );

  test.each([undefined, "", "good", "Basic good", "Bearer", "Bearer  good"])(
    "sees no token in %j",
    async (header) => {
      expect(await authenticate(header)).toBeUndefined();
    },
  );

  test("refuses a token that nobody knows", async () => {
    await expect(authenticate("Bearer bad")).rejects.toThrow("invalid bearer token");
  });
});

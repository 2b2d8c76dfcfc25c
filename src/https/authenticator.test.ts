import { describe, expect, test } from "bun:test";
import type { UserInfo } from "#apimachinery/user.ts";
import { AuthenticationError, type Authenticator, unionAuthenticator } from "./authenticator.ts";

const ada: UserInfo = { name: "ada", groups: [] };
const knows: Authenticator = { authenticate: () => ada };
const silent: Authenticator = { authenticate: () => undefined };
const credentials = { peer: { address: "192.0.2.1" }, header: () => undefined, headerLines: () => [] };

function refusing(reason: string): Authenticator {
  return { authenticate: () => Promise.reject(new AuthenticationError(reason)) };
}

describe("unionAuthenticator", () => {
  const answers: { name: string; members: readonly Authenticator[]; user: UserInfo | undefined }[] = [
    { name: "nobody to ask", members: [], user: undefined },
    { name: "one who knows after one who does not", members: [silent, knows], user: ada },
    { name: "a refusal before one who knows", members: [refusing("bad token"), knows], user: ada },
    { name: "nobody who knows", members: [silent, silent], user: undefined },
  ];
  test.each(answers)("$name", async ({ members, user }) => {
    expect(await unionAuthenticator(members).authenticate(credentials)).toEqual(user);
  });

  test("refuses with all reasons when nobody knows the sender", async () => {
    const union = unionAuthenticator([refusing("bad token"), silent, refusing("bad certificate")]);
    await expect(union.authenticate(credentials)).rejects.toThrow(
      new AuthenticationError("bad token, bad certificate"),
    );
  });

  test("does not take a fault for a refusal", async () => {
    const broken: Authenticator = { authenticate: () => Promise.reject(new TypeError("broken")) };
    await expect(unionAuthenticator([broken, knows]).authenticate(credentials)).rejects.toThrow(TypeError);
  });
});

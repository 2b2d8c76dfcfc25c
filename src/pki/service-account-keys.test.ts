import { describe, expect, test } from "bun:test";
import { createPublicKey } from "node:crypto";
import { compactVerify, importJWK, SignJWT, UnsecuredJWT } from "jose";
import { generateKey } from "./certificate.ts";
import { ServiceAccountKeys } from "./service-account-keys.ts";

const pem = generateKey();
const keys = new ServiceAccountKeys(pem);
const claims = { iss: "https://kubernetes.default.svc.cluster.local", sub: "system:serviceaccount:a:b" };

describe("ServiceAccountKeys", () => {
  test("verifies what it signed", async () => {
    expect(await keys.verify(keys.sign(claims))).toEqual(claims);
  });

  test("publishes the key under the id that tokens name", async () => {
    const token = keys.sign(claims);
    const [jwk] = (await keys.jwks()).keys;
    const { protectedHeader } = await compactVerify(token, await importJWK(jwk ?? {}));
    expect(protectedHeader).toEqual({ alg: "ES256", kid: jwk?.kid ?? "" });
    expect(Object.keys(jwk ?? {}).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  });

  const forgeries: { name: string; forge: () => string | Promise<string> }[] = [
    { name: "another key", forge: () => new ServiceAccountKeys(generateKey()).sign(claims) },
    { name: "no signature", forge: () => new UnsecuredJWT(claims).encode() },
    {
      name: "the public key used as a shared secret",
      forge: () => {
        const secret = createPublicKey(pem).export({ type: "spki", format: "pem" });
        return new SignJWT(claims)
          .setProtectedHeader({ alg: "HS256" })
          .sign(new TextEncoder().encode(secret));
      },
    },
    {
      name: "changed claims",
      forge: () => {
        const [header, , signature] = keys.sign(claims).split(".");
        const payload = Buffer.from(JSON.stringify({ ...claims, sub: "root" })).toString("base64url");
        return `${header ?? ""}.${payload}.${signature ?? ""}`;
      },
    },
    { name: "a text that is no token", forge: () => "a.b" },
  ];
  test.each(forgeries)("refuses $name", async ({ forge }) => {
    const token = await forge();
    await expect(keys.verify(token)).rejects.toThrow();
  });
});

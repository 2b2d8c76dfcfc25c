import { describe, expect, test } from "bun:test";
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
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

  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const kinds: { alg: string; privateKey: KeyObject }[] = [
    { alg: "RS256", privateKey: rsa },
    ...[
      { alg: "ES256", namedCurve: "P-256" },
      { alg: "ES384", namedCurve: "P-384" },
      { alg: "ES512", namedCurve: "P-521" },
    ].map(({ alg, namedCurve }) => ({ alg, ...generateKeyPairSync("ec", { namedCurve }) })),
  ];
  test.each(kinds)("signs with $alg where the key is for that", async ({ alg, privateKey }) => {
    const own = new ServiceAccountKeys(privateKey.export({ type: "pkcs8", format: "pem" }) as string);
    expect(await own.verify(own.sign(claims))).toEqual(claims);
    const [jwk] = (await own.jwks()).keys;
    const verified = await compactVerify(own.sign(claims), await importJWK(jwk ?? {}));
    expect(verified.protectedHeader.alg).toBe(alg);
  });

  test("takes tokens of other keys, and publishes them", async () => {
    const [former, later] = [generateKey(), generateKey()];
    const publicPem = createPublicKey(former).export({ type: "spki", format: "pem" }) as string;
    const both = new ServiceAccountKeys(later, [publicPem, later]);
    expect(await both.verify(new ServiceAccountKeys(former).sign(claims))).toEqual(claims);
    expect(await both.verify(both.sign(claims))).toEqual(claims);
    expect((await both.jwks()).keys).toHaveLength(2);
    // Tokens that name no key are those of any.
    const unnamed = await new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256" })
      .sign(createPrivateKey(former));
    expect(await both.verify(unnamed)).toEqual(claims);
    await expect(keys.verify(both.sign(claims))).rejects.toThrow();
  });

  test("takes no key that is for something else", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const ed25519 = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    expect(() => new ServiceAccountKeys(ed25519)).toThrow("it is no key of RSA");
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

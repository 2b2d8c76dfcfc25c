import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { aesCbc, aesGcm, type Cipher, secretbox } from "./ciphers.ts";

const KEY = Buffer.alloc(32, 7);
const OTHER_KEY = Buffer.alloc(32, 8);
const PLACE = "/registry/secrets/default/a";

const ciphers: readonly [string, (key: Uint8Array) => Cipher | Promise<Cipher>][] = [
  ["aesgcm", aesGcm],
  ["aescbc", aesCbc],
  ["secretbox", secretbox],
];

describe.each(ciphers)("%s", (_name, make) => {
  test("opens what it sealed, and never seals alike", async () => {
    const cipher = await make(KEY);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (value) => {
        const sealed = cipher.seal(value, PLACE);
        expect(new Uint8Array(cipher.open(sealed, PLACE))).toEqual(value);
        expect(Buffer.from(cipher.seal(value, PLACE)).equals(sealed)).toBeFalse();
      }),
    );
  });

  test("does not give away a value to another key", async () => {
    const sealed = (await make(KEY)).seal(Buffer.from("a secret that is longer than a block"), PLACE);
    const other = await make(OTHER_KEY);
    const opened = (): string => Buffer.from(other.open(sealed, PLACE)).toString("latin1");
    let text = "";
    try {
      text = opened();
    } catch {
      // The usual outcome. A padding that fits by chance, 1 of 256, leaves garbage.
    }
    expect(text).not.toContain("secret");
  });
});

test("a value sealed with AES-GCM cannot be moved or changed", () => {
  const cipher = aesGcm(KEY);
  const sealed = Buffer.from(cipher.seal(Buffer.from("value"), PLACE));
  expect(() => cipher.open(sealed, "/registry/secrets/default/b")).toThrow();
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ change;
      expect(() => cipher.open(changed, PLACE)).toThrow();
    }),
  );
  expect(() => cipher.open(sealed.subarray(0, 20), PLACE)).toThrow("the stored value is too short");
});

test("the layout of AES-GCM is nonce, value, tag (test case 14 of the GCM specification)", () => {
  const nonce = Buffer.alloc(12);
  const sealed = Buffer.from("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919", "hex");
  const opened = aesGcm(Buffer.alloc(32)).open(Buffer.concat([nonce, sealed]), "");
  expect(Buffer.from(opened)).toEqual(Buffer.alloc(16));
});

test("the layout of secretbox is nonce, tag, value (test vector of NaCl)", async () => {
  const hex = (text: string): Buffer => Buffer.from(text, "hex");
  const cipher = await secretbox(hex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389"));
  const nonce = "69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37";
  const box =
    "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5";
  const opened = Buffer.from(cipher.open(hex(nonce + box), PLACE)).toString("hex");
  expect(opened).toStartWith("be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc");
});

test.each([16, 24, 32])("AES takes a key of %d bytes", (bytes) => {
  const cipher = aesGcm(Buffer.alloc(bytes, 1));
  expect(Buffer.from(cipher.open(cipher.seal(Buffer.from("x"), PLACE), PLACE)).toString()).toBe("x");
});

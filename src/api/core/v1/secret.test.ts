import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import { aSecret } from "#testing/objects.ts";
import { secret } from "./secret.ts";

const encode = (text: string) => new TextEncoder().encode(text).toBase64();

describe("secret.setDefaults", () => {
  test("texts become data and the type is Opaque", () => {
    const { type: _, ...written } = aSecret("web", { data: { a: "AA==", b: "AQ==" } });
    expect(secret.setDefaults?.({ ...written, stringData: { b: "ä" } })).toEqual(
      aSecret("web", { data: { a: "AA==", b: encode("ä") } }),
    );
  });

  test("a complete secret is not copied", () => {
    const object = aSecret("web");
    expect(secret.setDefaults?.(object)).toBe(object);
  });
});

describe("secret.validate", () => {
  test.each([
    ["Opaque", {}, []],
    ["example.com/mine", {}, []],
    ["constructor", {}, []],
    [
      "kubernetes.io/service-account-token",
      {},
      ["metadata.annotations[kubernetes.io/service-account.name]: Required value"],
    ],
    ["kubernetes.io/dockercfg", {}, ["data[.dockercfg]: Required value"]],
    ["kubernetes.io/dockercfg", { ".dockercfg": "{}" }, []],
    [
      "kubernetes.io/dockerconfigjson",
      { ".dockerconfigjson": "{" },
      ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": unexpected end of JSON input'],
    ],
    [
      "kubernetes.io/dockerconfigjson",
      { ".dockerconfigjson": "[]" },
      [
        'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": json: cannot unmarshal array into Go value of type map[string]interface {}',
      ],
    ],
    ["kubernetes.io/basic-auth", {}, ["data[username]: Required value", "data[password]: Required value"]],
    ["kubernetes.io/basic-auth", { password: "" }, []],
    ["kubernetes.io/ssh-auth", { "ssh-privatekey": "" }, ["data[ssh-privatekey]: Required value"]],
    ["kubernetes.io/tls", { "tls.crt": "x" }, ["data[tls.key]: Required value"]],
    ["kubernetes.io/tls", { "tls.crt": "x", "tls.key": "y" }, []],
  ] as [string, Record<string, string>, string[]][])("a %s secret with %o", (type, texts, want) => {
    const data = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, encode(text)]));
    expect(errorTexts(secret.validate?.(aSecret("web", { type, data })))).toEqual(want);
  });

  test("keys have a form and all data a limit", () => {
    const limit = new Uint8Array(1024 * 1024).toBase64();
    expect(secret.validate?.(aSecret("web", { data: { a: limit } }))).toEqual([]);
    const errors = errorTexts(secret.validate?.(aSecret("web", { data: { "a b": limit, c: "AA==" } })));
    expect(errors[0]).toStartWith('data[a b]: Invalid value: "a b": a valid config key must consist of');
    expect(errors[1]).toBe("data: Too long: may not be more than 1048576 bytes");
  });
});

test("the type never changes, nor does frozen data", () => {
  const frozen = aSecret("web", { data: { a: "AA==" }, immutable: true });
  expect(secret.validateUpdate?.(frozen, frozen)).toEqual([]);
  expect(errorTexts(secret.validateUpdate?.(aSecret("web", { type: "example.com/mine" }), frozen))).toEqual([
    'type: Invalid value: "example.com/mine": field is immutable',
    "immutable: Forbidden: field is immutable when `immutable` is set",
    "data: Forbidden: field is immutable when `immutable` is set",
  ]);
});

test("the table shows type and number of keys", () => {
  const object = aSecret("web", { data: { a: "" } });
  expect(rowOf(secret, object)).toEqual({ Name: "web", Type: "Opaque", Data: 1, Age: "<unknown>" });
});

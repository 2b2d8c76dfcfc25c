import { describe, expect, test } from "bun:test";
import { parseEncryptionConfiguration } from "./parse-encryption-configuration.ts";

const KEYS = { keys: [{ name: "key1", secret: Buffer.alloc(32, 1).toString("base64") }] };

function configuration(...resources: readonly unknown[]): unknown {
  return { kind: "EncryptionConfiguration", apiVersion: "apiserver.config.k8s.io/v1", resources };
}

function problems(document: unknown): readonly string[] {
  const parsed = parseEncryptionConfiguration(document);
  return Array.isArray(parsed) ? parsed.map(({ field, message }) => `${field}: ${message}`) : [];
}

test("takes what upstream's documentation shows", () => {
  const document = configuration(
    { resources: ["events"], providers: [{ identity: {} }] },
    {
      resources: ["secrets", "configmaps", "pandas.awesome.bears.example"],
      providers: [{ aescbc: KEYS }, { secretbox: KEYS }],
    },
    { resources: ["*.apps"], providers: [{ aesgcm: KEYS }] },
    { resources: ["*.*"], providers: [{ aesgcm: KEYS }, { identity: {} }] },
  );
  expect(parseEncryptionConfiguration(document)).toBe(document as never);
});

const secrets = ["secrets"];
const identity = [{ identity: {} }];

describe("refuses", () => {
  test.each<[string, unknown, string[]]>([
    [
      "another kind",
      { kind: "X", apiVersion: "v1", resources: [{ resources: secrets, providers: identity }] },
      [
        'kind: Invalid value: "X": must be EncryptionConfiguration',
        'apiVersion: Invalid value: "v1": must be apiserver.config.k8s.io/v1',
      ],
    ],
    ["no resources", configuration(), ["resources: Required value: at least one resources is required"]],
    [
      "empty lists",
      configuration({ resources: [], providers: [] }),
      [
        "resources[0].resources: Required value: at least one resources[0].resources is required",
        "resources[0].providers: Required value: at least one resources[0].providers is required",
      ],
    ],
    [
      "an empty provider",
      configuration({ resources: secrets, providers: [{}] }),
      [
        "resources[0].providers[0]: Invalid value: provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity",
      ],
    ],
    [
      "two providers in one",
      configuration({ resources: secrets, providers: [{ aesgcm: KEYS, identity: {} }] }),
      [
        "resources[0].providers[0]: Invalid value: more than one provider specified in a single element, should split into different list elements",
      ],
    ],
    [
      "a key management service",
      configuration({ resources: secrets, providers: [{ kms: {} }] }),
      ["resources[0].providers[0].kms: Invalid value: key management services are not supported"],
    ],
    [
      "a provider without keys",
      configuration({ resources: secrets, providers: [{ aesgcm: { keys: [] } }] }),
      ["resources[0].providers[0].aesgcm.keys: Required value: at least one keys is required"],
    ],
    [
      "a key of the wrong length",
      configuration({
        resources: secrets,
        providers: [{ secretbox: { keys: [{ name: "a", secret: "YWJj" }] } }],
      }),
      [
        "resources[0].providers[0].secretbox.keys[0].secret: Invalid value: secret is not of the expected length, got 3, expected one of [32]",
      ],
    ],
    [
      "a key that is no base64",
      configuration({ resources: secrets, providers: [{ aesgcm: { keys: [{ name: "a", secret: "?!" }] } }] }),
      ["resources[0].providers[0].aesgcm.keys[0].secret: Invalid value: secrets must be base64 encoded"],
    ],
    [
      "an unknown field",
      configuration({ resources: secrets, providers: identity, provider: [] }),
      ["resources[0].provider: Invalid value: unknown field"],
    ],
  ])("%s", (_case, document, expected) => {
    expect(problems(document)).toEqual(expected);
  });

  test.each([
    ["Secrets", "resource name should not contain capital letters"],
    ["*", "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"],
    ["serviceipallocations", "resources which do not have REST API/s cannot be encrypted"],
    ["deployments.extensions", "'extensions' group has been removed and cannot be used for encryption"],
    ["secrets.*", "encrypting the same resource across groups is not supported"],
  ])("the resource %s", (name, detail) => {
    const [problem] = problems(configuration({ resources: [name], providers: identity }));
    expect(problem).toBe(`resources[0].resources[0]: Invalid value: "${name}": ${detail}`);
  });

  test.each([
    [["secrets", "secrets"], "the same resource cannot be specified multiple times"],
    [["secrets", "*."], "using overlapping resources such as 'secrets' and '*.'"],
    [["*.apps", "deployments.apps"], "using overlapping resources such as 'secrets' and '*.'"],
    [["*.*", "secrets"], "using overlapping resources such as 'secrets' and '*.'"],
  ])("the resources %j", (resources, detail) => {
    const [problem = ""] = problems(configuration({ resources, providers: identity }));
    expect(problem).toStartWith("resources[0].resources: Invalid value: ");
    expect(problem).toContain(detail);
  });
});

test("never shows a key", () => {
  const secret = Buffer.from("a key of the wrong length").toString("base64");
  const shown = problems(
    configuration({ resources: secrets, providers: [{ aesgcm: { keys: [{ name: "a", secret }] } }] }),
  );
  expect(shown).toHaveLength(1);
  expect(shown.join()).not.toContain(secret);
});

import { describe, expect, test } from "bun:test";
import { EncryptedValues } from "./encrypted-values.ts";
import type { ProviderConfiguration, ResourceConfiguration } from "./encryption-configuration.ts";

const VALUE = Buffer.from('{"kind":"Secret","data":{"password":"aHVudGVyMg=="}}');
const KEY = "/registry/secrets/default/a";

function keyed(name: string, fill: number): ProviderConfiguration {
  return { aesgcm: { keys: [{ name, secret: Buffer.alloc(32, fill).toString("base64") }] } };
}

async function valuesWith(...resources: ResourceConfiguration[]): Promise<EncryptedValues> {
  const values = new EncryptedValues();
  await values.use({
    kind: "EncryptionConfiguration",
    apiVersion: "apiserver.config.k8s.io/v1",
    resources,
  });
  return values;
}

function secretsWith(...providers: ProviderConfiguration[]): Promise<EncryptedValues> {
  return valuesWith({ resources: ["secrets"], providers });
}

test("writes with the first key, behind upstream's prefix", async () => {
  const values = await secretsWith(keyed("key1", 1), keyed("key0", 0));
  const stored = Buffer.from(values.toStorage(KEY, VALUE));
  expect(stored.toString("latin1")).toStartWith("k8s:enc:aesgcm:v1:key1:");
  expect(stored.includes("password")).toBeFalse();
  expect(values.fromStorage(KEY, stored)).toEqual({ value: VALUE, isStale: false });
  expect(values.foundStale).toBeFalse();
});

test("reads with every key, and says which values are not written so any more", async () => {
  const old = await secretsWith(keyed("key1", 1));
  const sealed = old.toStorage(KEY, VALUE);
  const rotated = await secretsWith(keyed("key2", 2), keyed("key1", 1), { identity: {} });
  expect(rotated.fromStorage(KEY, sealed)).toEqual({ value: VALUE, isStale: true });
  expect(rotated.fromStorage(KEY, VALUE)).toEqual({ value: VALUE, isStale: true });
  expect(rotated.foundStale).toBeTrue();
});

test("tries all keys of one name", async () => {
  const sealed = (await secretsWith(keyed("key", 1))).toStorage(KEY, VALUE);
  const values = await secretsWith(keyed("key", 2), keyed("key", 1));
  expect(values.fromStorage(KEY, sealed)).toEqual({ value: VALUE, isStale: true });
});

test("a configuration that begins with identity writes plainly and reads what is sealed", async () => {
  const sealed = (await secretsWith(keyed("key1", 1))).toStorage(KEY, VALUE);
  const values = await secretsWith({ identity: {} }, keyed("key1", 1));
  expect(values.toStorage(KEY, VALUE)).toBe(VALUE);
  expect(values.fromStorage(KEY, sealed)).toEqual({ value: VALUE, isStale: true });
});

test.each([
  ["another key", keyed("key1", 9)],
  ["identity alone", { identity: {} }],
])("what cannot be read is an error that names the object: %s", async (_case, provider) => {
  const sealed = (await secretsWith(keyed("key1", 1))).toStorage(KEY, VALUE);
  const values = await secretsWith(provider);
  expect(() => values.fromStorage(KEY, sealed)).toThrow(
    'Cannot read the object at "/registry/secrets/default/a": no key of the encryption configuration fits',
  );
});

test("a value whose rule is gone is an error, and not taken for a plain one", async () => {
  const sealed = (await secretsWith(keyed("key1", 1))).toStorage(KEY, VALUE);
  const values = await valuesWith({ resources: ["configmaps"], providers: [keyed("key1", 1)] });
  expect(values.fromStorage(KEY, VALUE)).toEqual({ value: VALUE, isStale: false });
  expect(() => values.fromStorage(KEY, sealed)).toThrow("no key of the encryption configuration fits");
});

describe("which keys a resource stands for", () => {
  test.each<[string, string, boolean]>([
    ["secrets", "/registry/secrets/default/a", true],
    ["secrets", "/registry/secretsx/default/a", false],
    ["services", "/registry/services/specs/default/a", true],
    ["services", "/registry/services/endpoints/default/a", false],
    ["deployments.apps", "/registry/deployments/default/a", true],
    ["*.apps", "/registry/statefulsets/default/a", true],
    ["*.apps", "/registry/secrets/default/a", false],
    ["*.", "/registry/configmaps/default/a", true],
    ["*.", "/registry/deployments/default/a", false],
    ["pandas.bears.example", "/registry/bears.example/pandas/default/a", true],
    ["*.bears.example", "/registry/bears.example/pandas/default/a", true],
    ["*.*", "/registry/bears.example/pandas/default/a", true],
  ])("%s: %s is %p", async (resource, key, expected) => {
    const values = await valuesWith({ resources: [resource], providers: [keyed("key1", 1)] });
    expect(values.toStorage(key, VALUE) !== VALUE).toBe(expected);
    expect(values.prefixes.some((prefix) => key.startsWith(prefix))).toBe(expected);
  });

  test("earlier rules win", async () => {
    const values = await valuesWith(
      { resources: ["events"], providers: [{ identity: {} }] },
      { resources: ["*.*"], providers: [keyed("key1", 1)] },
    );
    expect(values.toStorage("/registry/events/default/a", VALUE)).toBe(VALUE);
    expect(values.toStorage(KEY, VALUE)).not.toBe(VALUE);
  });
});

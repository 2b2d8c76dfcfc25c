import { kinds, switchedKinds } from "#api/kinds.ts";
import { StoreError } from "#store/store-error.ts";
import type { PlainValue, ValueTransformer } from "#store/value-transformer.ts";
import { STORAGE_ROOT, storagePrefix } from "../registry/storage-keys.ts";
import { aesCbc, aesGcm, type Cipher, secretbox } from "./ciphers.ts";
import {
  decodeKey,
  type EncryptionConfiguration,
  KEYED_SCHEMES,
  type KeyedScheme,
  type ProviderConfiguration,
} from "./encryption-configuration.ts";
import { splitName } from "./parse-encryption-configuration.ts";

const CIPHERS: Readonly<Record<KeyedScheme, (key: Uint8Array) => Cipher | Promise<Cipher>>> = {
  aesgcm: aesGcm,
  aescbc: aesCbc,
  secretbox,
};

/** With what every sealed value begins. */
const SEALED = "k8s:enc:";
const SEALED_BYTES = Buffer.from(SEALED);

/** One form in which values are kept: behind a prefix, sealed. Without cipher and prefix they are kept as they are. */
interface StoredForm {
  readonly prefix: Uint8Array;
  readonly cipher?: Cipher;
}

const PLAIN: StoredForm = { prefix: new Uint8Array() };
/** What no rule is about; a value that is sealed all the same has lost its rule, and is no plain one. */
const AS_THEY_ARE: readonly StoredForm[] = [PLAIN];

/** The forms of the values whose keys begin in one way, that which is written first. */
interface Rule {
  readonly prefix: string;
  readonly forms: readonly StoredForm[];
}

/** Seals values as a configuration wants it (apiserver `value.NewPrefixTransformers`). */
export class EncryptedValues implements ValueTransformer {
  #rules: readonly Rule[] = [];
  #foundStale = false;

  /** What is read and written from now on follows this configuration. */
  async use({ resources }: EncryptionConfiguration): Promise<void> {
    const rules: Rule[] = [];
    for (const { resources: names, providers } of resources) {
      const forms = await formsOf(providers);
      rules.push(...names.flatMap(prefixesOf).map((prefix) => ({ prefix, forms })));
    }
    this.#rules = rules;
  }

  get prefixes(): readonly string[] {
    return this.#rules.map(({ prefix }) => prefix);
  }

  /** Whether a value was read that would be written in another form. */
  get foundStale(): boolean {
    return this.#foundStale;
  }

  toStorage(key: string, value: Uint8Array): Uint8Array {
    const form = this.#formsFor(key)[0];
    if (form?.cipher === undefined) return value;
    return Buffer.concat([form.prefix, form.cipher.seal(value, key)]);
  }

  fromStorage(key: string, stored: Uint8Array): PlainValue {
    for (const [index, form] of this.#formsFor(key).entries()) {
      const value = openForm(form, key, stored);
      if (value === undefined) continue;
      const isStale = index > 0;
      this.#foundStale ||= isStale;
      return { value, isStale };
    }
    throw new StoreError(
      { code: "undecipherable", key },
      `Cannot read the object at "${key}": no key of the encryption configuration fits`,
    );
  }

  #formsFor(key: string): readonly StoredForm[] {
    return this.#rules.find(({ prefix }) => key.startsWith(prefix))?.forms ?? AS_THEY_ARE;
  }
}

function openForm({ prefix, cipher }: StoredForm, place: string, stored: Uint8Array): Uint8Array | undefined {
  if (cipher === undefined) return beginsWith(stored, SEALED_BYTES) ? undefined : stored;
  if (!beginsWith(stored, prefix)) return undefined;
  try {
    return cipher.open(stored.subarray(prefix.length), place);
  } catch {
    // Keys that follow each other may have one name; whether another one fits is told by trying.
    return undefined;
  }
}

function beginsWith(value: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, index) => value[index] === byte);
}

async function formsOf(providers: readonly ProviderConfiguration[]): Promise<StoredForm[]> {
  const forms: StoredForm[] = [];
  for (const provider of providers) {
    if (provider.identity !== undefined) forms.push(PLAIN);
    for (const scheme of KEYED_SCHEMES) {
      for (const key of provider[scheme]?.keys ?? []) {
        const prefix = Buffer.from(`${SEALED}${scheme}:v1:${key.name}:`);
        forms.push({ prefix, cipher: await CIPHERS[scheme](decodeKey(key)) });
      }
    }
  }
  return forms;
}

/** How the keys of a resource, or of all that a wildcard means, begin. */
function prefixesOf(name: string): readonly string[] {
  if (name === "*.*") return [STORAGE_ROOT];
  const [resource, group] = splitName(name);
  const builtIn = [...kinds, ...switchedKinds.map(({ kind }) => kind)]
    .map(({ resource: each }) => each)
    .filter((each) => each.group === group && (resource === "*" || each.name === resource))
    .map((each) => storagePrefix(each, true));
  const mayBeCustom = group !== "" && (resource === "*" || builtIn.length === 0);
  const custom = resource === "*" ? `${STORAGE_ROOT}${group}/` : `${STORAGE_ROOT}${group}/${resource}/`;
  return [...new Set(mayBeCustom ? [...builtIn, custom] : builtIn)];
}

import { join } from "node:path";
import { readIfPresent } from "./durable-files.ts";
import { type CredentialFacts, inspectCredential } from "./inspect.ts";
import type { PkiFiles } from "./perform.ts";
import { PkiError } from "./pki-error.ts";
import { AUTHORITIES, type AuthorityName, type WantedCertificate } from "./wanted.ts";

export const SERVICE_ACCOUNT_KEY = "service.key";
/** The public halves of those before, whose tokens are still good. */
export const FORMER_SERVICE_ACCOUNT_KEYS = "service.previous.pub";

/** What is beside an authority while its clients go over to it from the one before, and afterwards. */
export const authorityFiles = (name: AuthorityName) =>
  ({
    /** The one before, which is still trusted. */
    previous: `${name}.previous.crt`,
    /** The key of the present one, certified by the one before. */
    bridge: `${name}.bridge.crt`,
    /** Those that must not be trusted any more. */
    retired: `${name}.retired.crt`,
  }) as const;

export type PlacedCertificate = Pick<WantedCertificate, "name" | "authority">;

/** What there is of the given certificates, the authorities and their keys. Rejects with a `PkiError`. */
export async function readDirectory(
  directory: string,
  wanted: readonly PlacedCertificate[],
): Promise<PkiFiles> {
  const credentials = [...AUTHORITIES, ...wanted.map(({ name }) => name)];
  const names = [
    ...credentials.flatMap((name) => [`${name}.crt`, `${name}.key`]),
    ...AUTHORITIES.flatMap((name) => Object.values(authorityFiles(name))),
    SERVICE_ACCOUNT_KEY,
    FORMER_SERVICE_ACCOUNT_KEYS,
  ];
  const contents = await usingDirectory(directory, () =>
    Promise.all(names.map((name) => readIfPresent(join(directory, name)))),
  );
  return new Map(
    names.flatMap((name, index) => {
      const content = contents[index];
      return content === undefined ? [] : [[name, content] as const];
    }),
  );
}

export function inspectAll(files: PkiFiles, wanted: readonly PlacedCertificate[]) {
  const inspect = (name: string, authority: AuthorityName): CredentialFacts =>
    inspectCredential(
      { certificate: files.get(`${name}.crt`), key: files.get(`${name}.key`) },
      files.get(`${authority}.crt`),
    );
  return {
    authorities: record(AUTHORITIES, (name) => inspect(name, name)),
    certificates: Object.fromEntries(wanted.map(({ name, authority }) => [name, inspect(name, authority)])),
  };
}

export function record<K extends string, V>(keys: readonly K[], valueOf: (key: K) => V): Record<K, V> {
  return Object.fromEntries(keys.map((key) => [key, valueOf(key)])) as Record<K, V>;
}

export async function usingDirectory<T>(directory: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PkiError(
      { code: "directoryUnusable", directory },
      `Cannot use the certificate directory "${directory}": ${why}`,
      { cause },
    );
  }
}

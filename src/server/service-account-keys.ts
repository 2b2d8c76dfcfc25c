import { readFile } from "node:fs/promises";
import { Listeners } from "#base/listeners.ts";
import type { RenewedPki } from "#pki/renewed-pki.ts";
import { checkVerificationKey, ServiceAccountKeys, type TokenClaims } from "#pki/service-account-keys.ts";
import type { ServiceAccountConfig } from "./service-account-config.ts";
import { unusableFile } from "./unusable-file.ts";

const BLOCK = /-----BEGIN ([A-Z ]*(?:KEY|CERTIFICATE))-----[^-]*-----END \1-----/g;

type OwnKeys = Pick<RenewedPki, "serviceAccountKey" | "formerServiceAccountKeys">;

/** The keys of tokens as they are now: those of the server's own can be replaced while it runs. */
export class CurrentAccountKeys implements Pick<ServiceAccountKeys, "sign" | "verify" | "jwks"> {
  /** Hears of other keys: what was verified may not be good any more. */
  readonly onReplaced = new Listeners();
  #keys: ServiceAccountKeys;

  constructor(keys: ServiceAccountKeys) {
    this.#keys = keys;
  }

  replace(keys: ServiceAccountKeys): void {
    this.#keys = keys;
    this.onReplaced.tell();
  }

  sign(claims: TokenClaims): string {
    return this.#keys.sign(claims);
  }

  verify(token: string): Promise<TokenClaims> {
    return this.#keys.verify(token);
  }

  jwks(): ReturnType<ServiceAccountKeys["jwks"]> {
    return this.#keys.jwks();
  }
}

/**
 * The keys of tokens. The server's own signs where the operator gives no other one, and its tokens are good where the operator
 * does not say whose are, or it signs. Rejects with a StartupError.
 */
export async function openServiceAccountKeys(
  { serviceAccountSigningKeyFile: file, serviceAccountKeyFiles: others }: ServiceAccountConfig,
  pki: OwnKeys & Pick<RenewedPki, "onRenewed">,
): Promise<CurrentAccountKeys> {
  const signing =
    file === "" ? undefined : await readKeyFile("service-account-signing-key-file", file, readSigning);
  const read = others.map((each) => readKeyFile("service-account-key-file", each, readVerification));
  const given = (await Promise.all(read)).flat();
  const keysNow = (): ServiceAccountKeys => {
    const own = ownKeys(pki);
    const areOwnGood = signing === undefined || others.length === 0;
    return new ServiceAccountKeys(signing ?? pki.serviceAccountKey, [...(areOwnGood ? own : []), ...given]);
  };
  const keys = new CurrentAccountKeys(keysNow());
  let known = ownKeys(pki).join();
  pki.onRenewed.add(() => {
    const own = ownKeys(pki).join();
    if (own === known) return;
    known = own;
    keys.replace(keysNow());
  });
  return keys;
}

function ownKeys({ serviceAccountKey, formerServiceAccountKeys }: OwnKeys): readonly string[] {
  return [serviceAccountKey, ...blocksOf(formerServiceAccountKeys)];
}

function readSigning(text: string): string {
  // Throws for what cannot sign.
  new ServiceAccountKeys(text).sign({});
  return text;
}

/** All keys of a file, be they private or public, or in certificates. */
function readVerification(text: string): readonly string[] {
  const blocks = blocksOf(text);
  if (blocks.length === 0) throw new TypeError("it has no key");
  for (const block of blocks) checkVerificationKey(block);
  return blocks;
}

function blocksOf(text: string): readonly string[] {
  return [...text.matchAll(BLOCK)].map(([block]) => block);
}

async function readKeyFile<T>(flag: string, file: string, read: (text: string) => T): Promise<T> {
  try {
    return read(await readFile(file, "utf8"));
  } catch (cause) {
    throw unusableFile(flag, file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

import { readFile } from "node:fs/promises";
import type { Pki } from "#pki/pki.ts";
import { checkVerificationKey, ServiceAccountKeys } from "#pki/service-account-keys.ts";
import type { ServiceAccountConfig } from "./service-account-config.ts";
import { unusableFile } from "./unusable-file.ts";

const BLOCK = /-----BEGIN ([A-Z ]*(?:KEY|CERTIFICATE))-----[^-]*-----END \1-----/g;

/**
 * The keys of tokens. The server's own signs where the operator gives no other one, and its tokens are good where the operator
 * does not say whose are. Rejects with a StartupError.
 */
export async function openServiceAccountKeys(
  { serviceAccountSigningKeyFile: file, serviceAccountKeyFiles: others }: ServiceAccountConfig,
  { serviceAccountKey: own }: Pick<Pki, "serviceAccountKey">,
): Promise<ServiceAccountKeys> {
  const signing =
    file === "" ? own : await readKeyFile("service-account-signing-key-file", file, readSigning);
  if (others.length === 0) return new ServiceAccountKeys(signing, [own]);
  const read = others.map((each) => readKeyFile("service-account-key-file", each, readVerification));
  return new ServiceAccountKeys(signing, (await Promise.all(read)).flat());
}

function readSigning(text: string): string {
  // Throws for what cannot sign.
  new ServiceAccountKeys(text).sign({});
  return text;
}

/** All keys of a file, be they private or public, or in certificates. */
function readVerification(text: string): readonly string[] {
  const blocks = [...text.matchAll(BLOCK)].map(([block]) => block);
  if (blocks.length === 0) throw new TypeError("it has no key");
  for (const block of blocks) checkVerificationKey(block);
  return blocks;
}

async function readKeyFile<T>(flag: string, file: string, read: (text: string) => T): Promise<T> {
  try {
    return read(await readFile(file, "utf8"));
  } catch (cause) {
    throw unusableFile(flag, file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

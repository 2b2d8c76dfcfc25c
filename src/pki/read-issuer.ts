import { join } from "node:path";
import type { Issuer } from "./certificate.ts";
import { readIfPresent } from "./durable-files.ts";
import { issuerFrom } from "./inspect.ts";
import { PkiError } from "./pki-error.ts";
import type { AuthorityName } from "./wanted.ts";

/** Who signs in the name of an authority of the directory. Rejects with a `PkiError` when its key is kept elsewhere. */
export async function readIssuer(directory: string, authority: AuthorityName): Promise<Issuer> {
  const [certificate, key] = await Promise.all(
    ["crt", "key"].map((suffix) => readIfPresent(join(directory, `${authority}.${suffix}`))),
  );
  if (certificate !== undefined && key !== undefined) {
    return issuerFrom(certificate, key);
  }
  throw new PkiError(
    { code: "authorityKeyMissing", authority, certificate: "of a node" },
    `Cannot issue certificates of nodes: "${authority}.key" is missing; restore it`,
  );
}

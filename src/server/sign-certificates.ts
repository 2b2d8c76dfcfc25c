import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SignCertificate } from "#controllers/certificates/csrsigning.ts";
import type { SigningAuthority } from "#controllers/certificates/signers.ts";
import { issuerFrom } from "#pki/inspect.ts";
import { signRequested } from "#pki/sign-requested.ts";
import type { AuthorityName } from "#pki/wanted.ts";

const AUTHORITIES: Readonly<Record<SigningAuthority, AuthorityName>> = {
  client: "client-ca",
  server: "server-ca",
};

/** Signs with the authorities as they are in the directory at that time. Throws when a key is not there. */
export function certificateSigner(directory: string): SignCertificate {
  return ({ authority, notAfter, ...wanted }) => {
    const read = (suffix: string): string =>
      readFileSync(join(directory, `${AUTHORITIES[authority]}.${suffix}`), "utf8");
    const certificate = read("crt");
    const end = Date.parse(new X509Certificate(certificate).validTo);
    return signRequested(
      { ...wanted, notAfter: Math.min(notAfter, end) },
      issuerFrom(certificate, read("key")),
    );
  };
}

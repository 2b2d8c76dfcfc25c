import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type CertificateTemplate,
  type Credential,
  generateKey,
  type Issuer,
  issueCertificate,
} from "#pki/certificate.ts";
import type { AuthorityName } from "#pki/wanted.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** A certificate of an authority whose key is in the directory, or of another issuer. By default it makes an administrator. */
export async function issueFor(
  directory: string,
  changes: Partial<CertificateTemplate>,
  issuer: AuthorityName | Issuer,
): Promise<Credential> {
  const key = generateKey();
  const template: CertificateTemplate = {
    subject: { commonName: "mallory", organizations: ["system:masters"] },
    usage: "clientAuth",
    notBefore: Date.now() - DAY_MS,
    notAfter: Date.now() + DAY_MS,
    ...changes,
  };
  const by = typeof issuer === "string" ? await readAuthority(directory, issuer) : issuer;
  return { key, certificate: issueCertificate(template, key, by) };
}

export async function readAuthority(directory: string, name: AuthorityName): Promise<Issuer> {
  const { subject } = new X509Certificate(await readFile(join(directory, `${name}.crt`)));
  return {
    subject: { commonName: /CN=(.*)/.exec(subject)?.[1] ?? "" },
    key: await readFile(join(directory, `${name}.key`), "utf8"),
  };
}

import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { generateKey, issueCertificate, type Subject } from "#pki/certificate.ts";
import type { Target } from "./http2-client.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** The access of somebody else to a server whose data directory can be read. */
export async function accessAs(
  subject: Subject,
  { url, tls }: Required<Target>,
  dataDirectory: string,
): Promise<Required<Target>> {
  const file = join(dataDirectory, "server/tls/client-ca");
  const authority = new X509Certificate(await readFile(`${file}.crt`));
  const commonName = /CN=(.*)/.exec(authority.subject)?.[1] ?? "";
  const issuer = { subject: { commonName }, key: await readFile(`${file}.key`, "utf8") };
  const now = Date.now();
  const template = {
    subject,
    usage: "clientAuth",
    notBefore: now - DAY_MS,
    notAfter: now + DAY_MS,
  } as const;
  const key = generateKey();
  return { url, tls: { ca: tls.ca, key, cert: issueCertificate(template, key, issuer) } };
}

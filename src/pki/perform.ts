import { generateKey, type Issuer, issueCertificate } from "./certificate.ts";
import type { NewFile } from "./durable-files.ts";
import { parseCertificateSubject } from "./inspect.ts";
import { PkiError } from "./pki-error.ts";
import { AUTHORITY_LIFETIME_MS, CERTIFICATE_LIFETIME_MS, type PkiStep } from "./plan.ts";
import type { WantedCertificate } from "./wanted.ts";

/** Contents of the directory by file name. */
export type PkiFiles = ReadonlyMap<string, string>;

/** Certificates are valid from a while ago, because the clocks of clients may run behind. */
export const CLOCK_SKEW_MS = 60 * 60 * 1000;

/** The files that carry out the steps, in the order in which they must reach the disk: keys before certificates. */
export function performSteps(steps: readonly PkiStep[], found: PkiFiles, now: number): readonly NewFile[] {
  const files = new Map(found);
  return steps.flatMap((step) => {
    const written =
      step.type === "issueAuthority" ? issueAuthority(step, files, now) : issueLeaf(step.want, files, now);
    for (const { name, content } of written) files.set(name, content);
    return written;
  });
}

function issueAuthority(
  { name, key: keyPolicy, subject: keptSubject }: Extract<PkiStep, { type: "issueAuthority" }>,
  files: PkiFiles,
  now: number,
): NewFile[] {
  const present = keyPolicy === "keep" ? files.get(`${name}.key`) : undefined;
  const key = present ?? generateKey();
  // The time tells the authorities of two clusters apart in a client's trust store.
  const subject = keptSubject ?? { commonName: `kubelith-${name}@${String(Math.floor(now / 1000))}` };
  const certificate = issueCertificate(
    { subject, usage: "authority", notBefore: now - CLOCK_SKEW_MS, notAfter: now + AUTHORITY_LIFETIME_MS },
    key,
    { subject, key },
  );
  return [
    ...(present === undefined ? [{ name: `${name}.key`, content: key }] : []),
    { name: `${name}.crt`, content: certificate },
  ];
}

function issueLeaf(want: WantedCertificate, files: PkiFiles, now: number): NewFile[] {
  const key = generateKey();
  const validity = { notBefore: now - CLOCK_SKEW_MS, notAfter: now + CERTIFICATE_LIFETIME_MS };
  const certificate = issueCertificate({ ...want, ...validity }, key, issuerOf(want, files));
  return [
    { name: `${want.name}.key`, content: key },
    { name: `${want.name}.crt`, content: certificate },
  ];
}

function issuerOf({ name, authority }: WantedCertificate, files: PkiFiles): Issuer {
  const certificate = files.get(`${authority}.crt`);
  const key = files.get(`${authority}.key`);
  if (certificate === undefined || key === undefined) {
    throw new PkiError(
      { code: "authorityKeyMissing", authority, certificate: name },
      `Cannot issue certificate "${name}": "${authority}.key" is missing; restore it, or remove "${authority}.crt" to start a new authority that no present client trusts`,
    );
  }
  return { subject: parseCertificateSubject(certificate), key };
}

import { type Credential, generateKey, type Issuer, issueCertificate, type Subject } from "./certificate.ts";
import type { NewFile } from "./durable-files.ts";
import { issuerFrom, subjectOf } from "./inspect.ts";
import { PkiError } from "./pki-error.ts";
import { AUTHORITY_LIFETIME_MS, CERTIFICATE_LIFETIME_MS, type PkiStep } from "./plan.ts";
import type { AuthorityName, WantedCertificate } from "./wanted.ts";

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
  const { key, certificate } = selfSigned(keptSubject ?? subjectAt(name, now), present ?? generateKey(), now);
  return [
    ...(present === undefined ? [{ name: `${name}.key`, content: key }] : []),
    { name: `${name}.crt`, content: certificate },
  ];
}

/** One that is told apart from the one before by its name, too. */
export function newAuthority(name: AuthorityName, now: number, before: Pick<Credential, "certificate">) {
  const subject = subjectAt(name, now);
  const isTaken = subjectOf(before.certificate).commonName === subject.commonName;
  return selfSigned(isTaken ? subjectAt(name, now + 1000) : subject, generateKey(), now);
}

/** The time tells the authorities of two clusters apart in a client's trust store. */
function subjectAt(name: AuthorityName, now: number): Subject {
  return { commonName: `kubelith-${name}@${String(Math.floor(now / 1000))}` };
}

function selfSigned(subject: Subject, key: string, now: number): Credential {
  const certificate = issueCertificate(
    { subject, usage: "authority", notBefore: now - CLOCK_SKEW_MS, notAfter: now + AUTHORITY_LIFETIME_MS },
    key,
    { subject, key },
  );
  return { certificate, key };
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
  return issuerFrom(certificate, key);
}

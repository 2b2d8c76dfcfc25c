import type { Subject } from "./certificate.ts";
import type { CertificateFacts, CredentialFacts } from "./inspect.ts";
import { canonicalNames } from "./inspect.ts";
import { AUTHORITIES, type AuthorityName, type CertificateName, type WantedCertificate } from "./wanted.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** A certificate lives a year and is replaced at the first start of its last third. */
export const CERTIFICATE_LIFETIME_MS = 365 * DAY_MS;
export const CERTIFICATE_RENEWAL_MS = 120 * DAY_MS;

/** An authority lives ten years; renewed in its last one under the same key, so what it has issued stays valid. */
export const AUTHORITY_LIFETIME_MS = 3650 * DAY_MS;
export const AUTHORITY_RENEWAL_MS = 365 * DAY_MS;

/** Why something is issued, for the log. */
export type IssueReason =
  | "missing"
  | "damaged"
  | "expires soon"
  | "not valid yet"
  | "subject changed"
  | "names changed"
  | "rotated"
  | "authority changed";

export type PkiStep =
  | {
      readonly type: "issueAuthority";
      readonly name: AuthorityName;
      readonly key: "keep" | "create";
      /** The name it must keep, so that what it has issued still leads to it. */
      readonly subject?: Subject;
      readonly reason: IssueReason;
    }
  | { readonly type: "issueCertificate"; readonly want: WantedCertificate; readonly reason: IssueReason };

export interface PkiView {
  readonly authorities: Readonly<Record<AuthorityName, CredentialFacts>>;
  readonly certificates: Readonly<Partial<Record<CertificateName, CredentialFacts>>>;
  readonly wanted: readonly WantedCertificate[];
  readonly time: PkiTime;
}

export interface PkiTime {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether the clock is known to be behind, so that nothing is wrong with what is valid later. */
  readonly isBehind: boolean;
}

/** Decides what must be issued so that the directory holds a working PKI, authorities first. */
export function planPki({ authorities, certificates, wanted, time }: PkiView): readonly PkiStep[] {
  const roots = AUTHORITIES.flatMap((name) => planAuthority(name, authorities[name], time));
  const replaced = new Set(roots.filter(({ key }) => key === "create").map(({ name }) => name));
  const leaves = wanted.flatMap((want): PkiStep[] => {
    const reason =
      reasonToIssue(want, certificates[want.name], time) ??
      (replaced.has(want.authority) ? "authority changed" : undefined);
    return reason === undefined ? [] : [{ type: "issueCertificate", want, reason }];
  });
  return [...roots, ...leaves];
}

function planAuthority(
  name: AuthorityName,
  { key, certificate }: CredentialFacts,
  time: PkiTime,
): Extract<PkiStep, { type: "issueAuthority" }>[] {
  // An authority whose key is kept elsewhere on purpose is trusted as it is, even close to its end.
  if (key === "missing" && typeof certificate !== "string") return [];
  if (key !== "usable") return [{ type: "issueAuthority", name, key: "create", reason: key }];
  const reason = reasonToReplace(certificate, time, AUTHORITY_RENEWAL_MS);
  if (reason === undefined) return [];
  const keepsName = typeof certificate !== "string" && certificate.matchesKey;
  return [
    { type: "issueAuthority", name, key: "keep", reason, ...(keepsName && { subject: certificate.subject }) },
  ];
}

function reasonToIssue(
  want: WantedCertificate,
  found: CredentialFacts | undefined,
  time: PkiTime,
): IssueReason | undefined {
  if (found === undefined) return "missing";
  const { key, certificate } = found;
  const broken = reasonToReplace(certificate, time, CERTIFICATE_RENEWAL_MS);
  if (typeof certificate === "string" || broken !== undefined) return broken;
  if (key !== "usable") return key;
  return reasonToChange(want, certificate);
}

function reasonToReplace(
  certificate: CredentialFacts["certificate"],
  { now, isBehind }: PkiTime,
  renewalMs: number,
): IssueReason | undefined {
  if (typeof certificate === "string") return certificate;
  if (!certificate.matchesKey) return "damaged";
  if (!certificate.isIssuedByAuthority) return "authority changed";
  // Issued while the clock was ahead, such as before it was set.
  if (certificate.notBefore > now && !isBehind) return "not valid yet";
  return certificate.notAfter - now < renewalMs ? "expires soon" : undefined;
}

function reasonToChange(want: WantedCertificate, found: CertificateFacts): IssueReason | undefined {
  const organizations = want.subject.organizations ?? [];
  const sameSubject =
    want.subject.commonName === found.subject.commonName &&
    organizations.join("\n") === (found.subject.organizations ?? []).join("\n");
  if (!sameSubject) return "subject changed";
  const names = canonicalNames(want.subjectAltNames ?? []);
  return names.join(" ") === found.subjectAltNames.join(" ") ? undefined : "names changed";
}

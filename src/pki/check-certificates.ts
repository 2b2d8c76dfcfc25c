import { inspectAll, readDirectory } from "./directory.ts";
import type { CredentialFacts } from "./inspect.ts";
import { AUTHORITY_RENEWAL_MS, CERTIFICATE_RENEWAL_MS } from "./plan.ts";
import { AUTHORITIES, PLACED_CERTIFICATES } from "./wanted.ts";

/** What is to be said of one certificate. */
export interface CheckedCertificate {
  readonly name: string;
  /** Who has issued it; an authority issues itself. */
  readonly authority: string;
  /** Milliseconds since the epoch; undefined for one that cannot be read. */
  readonly notAfter: number | undefined;
  /** What is wrong with it; one that is merely due is `usable`. */
  readonly problem?: string;
  readonly usable: boolean;
}

/** Everything in a server's directory; what it does not hold is left out. Rejects with a `PkiError`. */
export async function checkCertificates(
  directory: string,
  now: number,
): Promise<readonly CheckedCertificate[]> {
  const { authorities, certificates } = inspectAll(
    await readDirectory(directory, PLACED_CERTIFICATES),
    PLACED_CERTIFICATES,
  );
  return [
    ...AUTHORITIES.map((name) => checkAuthority(name, authorities[name], now)),
    ...PLACED_CERTIFICATES.flatMap(({ name, authority }) => {
      const facts = certificates[name];
      const isHeld = facts !== undefined && !(facts.key === "missing" && facts.certificate === "missing");
      return isHeld ? [checkCertificate({ name, authority }, facts, now)] : [];
    }),
  ];
}

/** The key of an authority may be kept elsewhere on purpose. */
function checkAuthority(name: string, facts: CredentialFacts, now: number): CheckedCertificate {
  const key = facts.key === "missing" ? "usable" : facts.key;
  return check({ name, authority: name }, { ...facts, key }, now, AUTHORITY_RENEWAL_MS);
}

export function checkCertificate(
  placed: Pick<CheckedCertificate, "name" | "authority">,
  facts: CredentialFacts,
  now: number,
): CheckedCertificate {
  return check(placed, facts, now, CERTIFICATE_RENEWAL_MS);
}

function check(
  { name, authority }: Pick<CheckedCertificate, "name" | "authority">,
  facts: CredentialFacts,
  now: number,
  renewalMs: number,
): CheckedCertificate {
  const { certificate } = facts;
  const notAfter = typeof certificate === "string" ? undefined : certificate.notAfter;
  const problem = problemOf(facts, authority, now);
  if (problem !== undefined) return { name, authority, notAfter, problem, usable: false };
  const isDue = notAfter !== undefined && notAfter - now < renewalMs;
  return { name, authority, notAfter, usable: true, ...(isDue && { problem: "is due to be renewed" }) };
}

function problemOf(
  { key, certificate }: CredentialFacts,
  authority: string,
  now: number,
): string | undefined {
  if (certificate === "missing") return "is missing";
  if (certificate === "damaged") return "cannot be read";
  if (certificate.notAfter <= now) return "has expired";
  if (certificate.notBefore > now) return "is not valid yet";
  if (key === "missing") return "its key is missing";
  if (key === "damaged") return "its key cannot be read";
  if (!certificate.matchesKey) return "does not belong to its key";
  return certificate.isIssuedByAuthority ? undefined : `was not issued by ${authority}`;
}

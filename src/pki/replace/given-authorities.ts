import { createPrivateKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { distinguishedName } from "../certificate.ts";
import { hasFiles, readIfPresent } from "../durable-files.ts";
import { inspectCredential, splitCertificates, subjectOf } from "../inspect.ts";
import { AUTHORITIES, type AuthorityName } from "../wanted.ts";
import type { GivenAuthority } from "./plan-replacement.ts";

export type GivenAuthorities = ReadonlyMap<AuthorityName, GivenAuthority>;

/**
 * The authorities of a directory, or of its folder `tls`; those that it has neither a certificate nor a key for are left out.
 * A file may have, behind the certificate, its key certified by the present authority, of which `present` has the PEM.
 */
export async function readGivenAuthorities(
  path: string,
  { present, now }: { readonly present: (name: AuthorityName) => string; readonly now: number },
): Promise<GivenAuthorities> {
  const inner = join(path, "tls");
  const directory = (await hasFiles(inner)) ? inner : path;
  const found = await Promise.all(
    AUTHORITIES.map(async (name) => {
      const read = (suffix: string) => readIfPresent(join(directory, `${name}.${suffix}`));
      const [certificate, key] = await Promise.all([read("crt"), read("key")]);
      if (certificate === undefined && key === undefined) return [];
      const file = join(directory, `${name}.crt`);
      return [[name, inspectGiven({ file, certificate, key }, present(name), now)] as const];
    }),
  );
  return new Map(found.flat());
}

interface GivenFiles {
  readonly file: string;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

function inspectGiven({ file, certificate, key }: GivenFiles, present: string, now: number): GivenAuthority {
  const [own = "", ...others] = splitCertificates(certificate ?? "");
  const problem = problemOf({ certificate: own, key }, { present, now });
  const bridge =
    problem === undefined ? others.find((other) => leads(other, { to: own, from: present })) : "";
  return {
    certificate: own,
    key: key ?? "",
    bridge: bridge ?? "",
    ...(problem !== undefined && { problem: `"${file}" ${problem}` }),
  };
}

function problemOf(
  { certificate, key }: { readonly certificate: string; readonly key: string | undefined },
  { present, now }: { readonly present: string; readonly now: number },
): string | undefined {
  const facts = inspectCredential(
    { certificate: certificate === "" ? undefined : certificate, key },
    certificate,
  );
  if (typeof facts.certificate === "string") return `is ${facts.certificate}`;
  if (facts.key !== "usable" || key === undefined) return `has a key that is ${facts.key}`;
  if (!facts.certificate.matchesKey) return "does not belong to its key";
  const { ca, raw } = new X509Certificate(certificate);
  if (!ca || !facts.certificate.isIssuedByAuthority)
    return "is not the certificate of a root, which issues itself";
  if (facts.certificate.notAfter <= now) return "has expired";
  if (createPrivateKey(key).asymmetricKeyType !== "ec")
    return "has a key that is not one of an elliptic curve";
  // What is issued names its issuer in the same bytes.
  if (!raw.includes(distinguishedName(subjectOf(certificate)))) {
    return "has a subject that is more than organizations and then a common name, in UTF-8";
  }
  return certificate === present ? "is the present authority" : undefined;
}

/** Whether a certificate makes those who trust `from` trust `to`. */
function leads(bridge: string, { to, from }: { readonly to: string; readonly from: string }): boolean {
  const [link, end, start] = [bridge, to, from].map((pem) => new X509Certificate(pem));
  if (link === undefined || end === undefined || start === undefined) return false;
  return link.publicKey.equals(end.publicKey) && link.checkIssued(start) && link.verify(start.publicKey);
}

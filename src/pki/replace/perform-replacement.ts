import { X509Certificate } from "node:crypto";
import { type Credential, issueCertificate } from "../certificate.ts";
import { authorityFiles } from "../directory.ts";
import { issuerFrom, subjectOf } from "../inspect.ts";
import type { FileChange } from "../journal.ts";
import { CLOCK_SKEW_MS, newAuthority, type PkiFiles } from "../perform.ts";
import type { AuthorityName } from "../wanted.ts";
import type { ReplacementStep } from "./plan-replacement.ts";

/** The files that carry out the steps; certificates of hosts are issued by whoever opens the directory next. */
export function performReplacement(
  steps: readonly ReplacementStep[],
  files: PkiFiles,
  now: number,
): readonly FileChange[] {
  return steps.flatMap((step) => {
    const { name } = step;
    const before: Credential = {
      certificate: files.get(`${name}.crt`) ?? "",
      key: files.get(`${name}.key`) ?? "",
    };
    const authority = step.given ?? newAuthority(name, now, before);
    const { previous, bridge } = authorityFiles(name);
    return [
      { name: `${name}.key`, content: authority.key },
      { name: `${name}.crt`, content: authority.certificate },
      { name: previous, content: before.certificate },
      { name: bridge, content: bridgeTo(authority, step, { before, now }) },
    ];
  });
}

function bridgeTo(
  authority: Credential,
  { bridge, given }: ReplacementStep,
  { before, now }: { readonly before: Credential; readonly now: number },
): string {
  if (bridge !== "sign") return given?.bridge ?? "";
  const subject = subjectOf(authority.certificate);
  const ends = [authority, before].map(({ certificate }) =>
    Date.parse(new X509Certificate(certificate).validTo),
  );
  return issueCertificate(
    { subject, usage: "authority", notBefore: now - CLOCK_SKEW_MS, notAfter: Math.min(...ends) },
    authority.key,
    issuerFrom(before.certificate, before.key),
  );
}

/** Trusts the authorities before no more. */
export function performFinish(names: readonly AuthorityName[], files: PkiFiles): readonly FileChange[] {
  return names.flatMap((name) => {
    const { previous, bridge, retired } = authorityFiles(name);
    return [
      { name: retired, content: `${files.get(retired) ?? ""}${files.get(previous) ?? ""}` },
      { name: bridge, content: null },
      { name: previous, content: null },
    ];
  });
}

import { issueCertificate } from "#pki/certificate.ts";
import { CLOCK_SKEW_MS } from "#pki/perform.ts";
import { readIssuer } from "#pki/read-issuer.ts";
import { type JoinRequest, NODE_CERTIFICATES, type PerCertificate } from "../join-protocol.ts";
import { nodeCertificates } from "./node-certificates.ts";

export interface IssueOptions {
  /** Where the authorities and their keys are. */
  readonly directory: string;
  readonly lifetimeMs: number;
  readonly now: number;
}

/** Signs what a node asks for. `keys` are those of its requests. Rejects with a `PkiError` without an authority's key. */
export async function issueNodeCertificates(
  request: Pick<JoinRequest, "nodeName" | "addresses">,
  keys: PerCertificate<string>,
  { directory, lifetimeMs, now }: IssueOptions,
): Promise<PerCertificate<string>> {
  const [clients, servers] = await Promise.all([
    readIssuer(directory, "client-ca"),
    readIssuer(directory, "server-ca"),
  ]);
  const validity = { notBefore: now - CLOCK_SKEW_MS, notAfter: now + lifetimeMs };
  const wanted = nodeCertificates(request);
  const certificates = NODE_CERTIFICATES.map((name) => {
    const template = { ...wanted[name], ...validity };
    const issuer = template.usage === "serverAuth" ? servers : clients;
    return [name, issueCertificate(template, keys[name], issuer)];
  });
  return Object.fromEntries(certificates) as PerCertificate<string>;
}

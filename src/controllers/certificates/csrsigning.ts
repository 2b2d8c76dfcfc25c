import type { SubjectAttribute } from "#api/certificates/v1/certificate-request.ts";
import { readCertificateRequest } from "#api/certificates/v1/certificatesigningrequest.validation.ts";
import { readRequestedNames } from "#api/certificates/v1/requested-names.ts";
import type { CertificateSigningRequest } from "#api/generated/certificates-v1.ts";
import { isConditionTrue } from "#apimachinery/conditions.ts";
import { formatTime } from "#apimachinery/time.ts";
import type { Plan } from "#reconcile/action.ts";
import { type Controller, defineController } from "#reconcile/controller.ts";
import { type KeyUsages, keyUsagesOf } from "./key-usages.ts";
import { SIGNERS, type SigningAuthority } from "./signers.ts";

/** What a certificate is to say. Times are milliseconds since the epoch. */
export interface WantedCertificate extends KeyUsages {
  /** What it is for, attribute by attribute. */
  readonly subject: readonly SubjectAttribute[];
  /** GeneralNames, each in DER. */
  readonly altNames: readonly Uint8Array[];
  readonly authority: SigningAuthority;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Signs a certificate, as PEM; it ends with its authority at the latest. */
export type SignCertificate = (wanted: WantedCertificate) => string;

/** Who signs what is approved. */
export interface RequestAuthority {
  readonly sign: SignCertificate;
  /** How long certificates are good for which nobody has asked for less. */
  readonly lifetimeMs: number;
}

export interface SigningView {
  readonly request: CertificateSigningRequest;
  readonly authority: RequestAuthority;
  readonly now: Date;
}

const MINUTE_MS = 60_000;
const MIN_LIFETIME_MS = 10 * MINUTE_MS;
/** For clocks that are behind; certificates of less than `SHORT_MS` get it on top. */
const BACKDATE_MS = 5 * MINUTE_MS;
const SHORT_MS = 8 * 60 * MINUTE_MS;

/** Signs requests that have been approved, for the signers that Kubernetes has built in. */
export function csrSigningController(authority: RequestAuthority): Controller<SigningView> {
  return defineController<SigningView>({
    name: "csrsigning",
    account: "certificate-controller",
    primary: "CertificateSigningRequest",
    watches: [{ kind: "CertificateSigningRequest", wakes: "itself" }],
    writes: ["CertificateSigningRequest/status"],
    observe: ({ name }, caches, now) => {
      const request = caches.get("CertificateSigningRequest", "", name);
      return request && { request, authority, now };
    },
    plan: planSigning,
  });
}

export function planSigning({ request, authority, now }: SigningView): Plan {
  const { spec, status = {} } = request;
  const { conditions } = status;
  const isOpen =
    isConditionTrue(conditions, "Approved") &&
    !isConditionTrue(conditions, "Denied") &&
    !isConditionTrue(conditions, "Failed") &&
    (status.certificate ?? "") === "";
  const signer = SIGNERS.get(spec.signerName);
  const parsed = isOpen && signer !== undefined ? readCertificateRequest(spec.request) : undefined;
  if (parsed === undefined || signer === undefined) return { actions: [] };
  const names = readRequestedNames(parsed);
  const usages = spec.usages ?? [];
  const problem = signer.problem(names, usages);
  if (problem !== undefined) return failure(request, problem, now);
  const certificate = authority.sign({
    authority: signer.authority,
    subject: parsed.subject,
    altNames: names.altNames.map(({ encoded }) => encoded),
    publicKey: parsed.publicKey,
    ...keyUsagesOf(usages),
    ...validity(spec.expirationSeconds, authority.lifetimeMs, now.getTime()),
  });
  const object = { ...request, status: { ...status, certificate: btoa(certificate) } };
  return { actions: [{ type: "updateStatus", object }] };
}

/** What is asked for counts between ten minutes and what everybody else gets. */
function validity(expirationSeconds: number | undefined, longestMs: number, now: number) {
  const asked = expirationSeconds === undefined ? longestMs : expirationSeconds * 1000;
  const lifetime = Math.min(Math.max(asked, MIN_LIFETIME_MS), longestMs);
  const notBefore = now - BACKDATE_MS;
  return { notBefore, notAfter: (lifetime < SHORT_MS ? now : notBefore) + lifetime };
}

function failure(request: CertificateSigningRequest, message: string, now: Date): Plan {
  const condition = {
    type: "Failed",
    status: "True",
    reason: "SignerValidationFailure",
    message,
    lastUpdateTime: formatTime(now.getTime()),
  } as const;
  const conditions = [...(request.status?.conditions ?? []), condition];
  const object = { ...request, status: { ...request.status, conditions } };
  return { actions: [{ type: "updateStatus", object }] };
}

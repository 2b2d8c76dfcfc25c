/** Validation of certificate requests (upstream pkg/apis/certificates/validation/validation.go). */
import {
  duplicate,
  forbidden,
  indexPath,
  invalid,
  notSupported,
  required,
} from "#apimachinery/field-error.ts";
import { quote } from "#apimachinery/go-text.ts";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
  CertificateSigningRequestSpec,
} from "../../generated/certificates-v1.ts";
import { Asn1Error } from "../../validation/asn1.ts";
import { validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { isEmptyList, repetitions } from "../../validation/lists.ts";
import { readPemBlocks } from "../../validation/pem.ts";
import { unifiedDiff } from "../../validation/unified-diff.ts";
import { countCertificates } from "../../validation/x509.ts";
import { type CertificateRequest, parseCertificateRequest } from "./certificate-request.ts";
import { validateSignerName } from "./signer-name.ts";

const USAGES: readonly string[] = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];
const LEGACY_SIGNER = "kubernetes.io/legacy-unknown";
const MIN_EXPIRATION_SECONDS = 600;
const STATUSES = ["False", "True", "Unknown"];
/** Types of conditions that are either true or absent, and stay once they are there. */
const LASTING_TYPES: readonly string[] = ["Approved", "Denied", "Failed"];
/** Types of conditions that are changed through the subresource `approval` alone. */
export const APPROVAL_TYPES: readonly string[] = ["Approved", "Denied"];
const CONDITIONS = "status.conditions";
const CERTIFICATE = "status.certificate";

/** What an update is for. */
type Purpose = "metadata" | "status" | "approval";

export function validateRequest(request: CertificateSigningRequest): FieldErrors {
  return validateSigningRequest(request, undefined);
}

export function validateRequestUpdate(purpose: Purpose) {
  return (next: CertificateSigningRequest, previous: CertificateSigningRequest): FieldErrors =>
    collectErrors(
      validateSigningRequest(next, previous),
      LASTING_TYPES.map((type) => validateKept(type, next, previous)).flat(),
      purpose !== "approval" && APPROVAL_TYPES.map((type) => validateUntouched(type, next, previous)).flat(),
      validateCertificateChange(next, previous, purpose),
    );
}

/** What was wrong before the update may stay so. */
function validateSigningRequest(
  next: CertificateSigningRequest,
  previous: CertificateSigningRequest | undefined,
): FieldErrors {
  const certificate = next.status?.certificate ?? "";
  const keepsCertificate = previous !== undefined && certificate === (previous.status?.certificate ?? "");
  const problem = certificateProblem(certificate);
  const hadProblem = certificateProblem(previous?.status?.certificate ?? "") !== undefined;
  return collectErrors(
    validateSpec(next.spec, previous?.spec),
    validateConditions(conditionsOf(next), previous && conditionsOf(previous)),
    problem !== undefined &&
      !keepsCertificate &&
      !hadProblem &&
      invalid(CERTIFICATE, "<certificate data>", problem),
  );
}

function validateSpec(
  spec: CertificateSigningRequestSpec,
  previous: CertificateSigningRequestSpec | undefined,
): FieldErrors {
  const { request, signerName, expirationSeconds } = spec;
  const problem = requestProblem(request);
  return collectErrors(
    problem !== undefined && invalid("spec.request", request, problem),
    validateUsages(spec.usages, previous?.usages),
    signerName === LEGACY_SIGNER && previous?.signerName !== LEGACY_SIGNER
      ? invalid("spec.signerName", signerName, "the legacy signerName is not allowed via this API version")
      : validateSignerName(signerName, "spec.signerName"),
    expirationSeconds !== undefined &&
      expirationSeconds < MIN_EXPIRATION_SECONDS &&
      invalid(
        "spec.expirationSeconds",
        expirationSeconds,
        "may not specify a duration less than 600 seconds (10 minutes)",
      ),
  );
}

function validateUsages(usages: readonly string[] = [], previous: readonly string[] = []): FieldErrors {
  const isUnknown = (usage: string): boolean => !USAGES.includes(usage);
  const allowUnknown = previous.some(isUnknown);
  const allowRepeated = previous.some(repetitions());
  const isRepeated = repetitions();
  return collectErrors(
    isEmptyList(usages) && required("spec.usages"),
    validateEach(usages, "spec.usages", (usage, path) =>
      isUnknown(usage) && !allowUnknown ? [notSupported(path, usage, USAGES)] : [],
    ),
    validateEach(usages, "spec.usages", (usage, path) =>
      isRepeated(usage) && !allowRepeated ? [duplicate(path, usage)] : [],
    ),
  );
}

/** The signature of the request is for the API server to check. */
function requestProblem(request: string): string | undefined {
  try {
    return readCertificateRequest(request) === undefined
      ? "PEM block type must be CERTIFICATE REQUEST"
      : undefined;
  } catch (error) {
    if (error instanceof Asn1Error) return error.message;
    throw error;
  }
}

/** What `spec.request` holds, undefined when that is something else. Throws an `Asn1Error` when it cannot be read. */
export function readCertificateRequest(request: string): CertificateRequest | undefined {
  const [block] = readPemBlocks(atob(request));
  return block?.type === "CERTIFICATE REQUEST" ? parseCertificateRequest(block.bytes) : undefined;
}

function certificateProblem(certificate: string): string | undefined {
  if (certificate === "") return undefined;
  const blocks = readPemBlocks(atob(certificate));
  if (blocks.length === 0) return "must contain at least one CERTIFICATE PEM block";
  for (const { type, hasHeaders, bytes } of blocks) {
    if (type !== "CERTIFICATE") return `only CERTIFICATE PEM blocks are allowed, found ${quote(type)}`;
    if (hasHeaders) return "no PEM block headers are permitted";
    const found = countCertificates(bytes);
    if ("problem" in found) return found.problem;
    if (found.count === 0) return "found CERTIFICATE PEM block containing 0 certificates";
  }
  return undefined;
}

type Conditions = readonly CertificateSigningRequestCondition[];

function conditionsOf({ status }: CertificateSigningRequest): Conditions {
  return status?.conditions ?? [];
}

function validateConditions(conditions: Conditions, previous: Conditions = []): FieldErrors {
  const types = (list: Conditions): readonly string[] => list.map(({ type }) => type);
  const hadEmpty = types(previous).includes("");
  const hadRepeated = types(previous).some(repetitions());
  const hadBoth = APPROVAL_TYPES.every((type) => types(previous).includes(type));
  const isRepeated = repetitions();
  return conditions.flatMap(({ type, status }, index) => {
    const path = indexPath(CONDITIONS, index);
    const statuses = LASTING_TYPES.includes(type) ? ["True"] : STATUSES;
    const excluded = APPROVAL_TYPES.find((other) => APPROVAL_TYPES.includes(type) && other !== type);
    const isExcluded =
      excluded !== undefined && conditions.slice(0, index).some((other) => other.type === excluded);
    return collectErrors(
      type === "" && !hadEmpty && required(`${path}.type`),
      status === "" && required(`${path}.status`),
      status !== "" && !statuses.includes(status) && notSupported(`${path}.status`, status, statuses),
      isExcluded &&
        !hadBoth &&
        invalid(CONDITIONS, type, "Approved and Denied conditions are mutually exclusive"),
      isRepeated(type) && !hadRepeated && duplicate(`${path}.type`, type),
    );
  });
}

function ofType(type: string, request: CertificateSigningRequest): Conditions {
  return conditionsOf(request).filter((condition) => condition.type === type);
}

function validateKept(
  type: string,
  next: CertificateSigningRequest,
  previous: CertificateSigningRequest,
): FieldErrors {
  if (ofType(type, next).length >= ofType(type, previous).length) return [];
  return [forbidden(CONDITIONS, `updates may not remove a condition of type ${quote(type)}`)];
}

function validateUntouched(
  type: string,
  next: CertificateSigningRequest,
  previous: CertificateSigningRequest,
): FieldErrors {
  const [after, before] = [ofType(type, next), ofType(type, previous)];
  if (after.length > before.length) {
    return [forbidden(CONDITIONS, `updates may not add a condition of type ${quote(type)}`)];
  }
  if (after.length < before.length || semanticallyEqual(before, after)) return [];
  const change = unifiedDiff(before, after);
  return [forbidden(CONDITIONS, `updates may not modify a condition of type ${quote(type)}\n${change}`)];
}

function validateCertificateChange(
  next: CertificateSigningRequest,
  previous: CertificateSigningRequest,
  purpose: Purpose,
): FieldErrors {
  const before = previous.status?.certificate ?? "";
  if ((next.status?.certificate ?? "") === before) return [];
  if (purpose !== "status") return [forbidden(CERTIFICATE, "updates may not set certificate content")];
  return before === "" ? [] : [forbidden(CERTIFICATE, "updates may not modify existing certificate content")];
}

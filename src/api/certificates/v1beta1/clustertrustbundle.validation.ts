/** Validation of trust bundles (upstream pkg/apis/certificates/validation/validation.go). */
import { invalid, tooLong } from "#apimachinery/field-error.ts";
import type { ObjectMeta } from "#apimachinery/generated/meta-v1.ts";
import type { ClusterTrustBundle } from "../../generated/certificates-v1beta1.ts";
import { validateImmutable } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { type PemBlock, readPemBlocks } from "../../validation/pem.ts";
import { certificateProblem, isAuthority } from "../../validation/x509.ts";
import { validateSignerName } from "../v1/signer-name.ts";
import { checkTrustBundleName } from "./trust-bundle-name.ts";

const TRUST_BUNDLE = "spec.trustBundle";
const MAX_BYTES = 1024 * 1024;
/** What errors show in the place of the certificates. */
const OMITTED = "<value omitted>";

export function validateTrustBundle(bundle: ClusterTrustBundle): FieldErrors {
  return collectErrors(validateIdentity(bundle), validateAnchors(bundle.spec.trustBundle));
}

/** Certificates that stay as they are may be such that are not understood any more. */
export function validateTrustBundleUpdate(
  next: ClusterTrustBundle,
  previous: ClusterTrustBundle,
): FieldErrors {
  const isKept = next.spec.trustBundle === previous.spec.trustBundle;
  const [signerName, signerBefore] = [next.spec.signerName ?? "", previous.spec.signerName ?? ""];
  return collectErrors(
    validateIdentity(next),
    isKept ? [] : validateAnchors(next.spec.trustBundle),
    validateImmutable(signerName, signerBefore, "spec.signerName"),
  );
}

function validateIdentity({ metadata, spec: { signerName = "" } }: ClusterTrustBundle): FieldErrors {
  return collectErrors(
    validateName(metadata, signerName),
    signerName === "" ? [] : validateSignerName(signerName, "spec.signerName"),
  );
}

function validateName({ name, generateName = "" }: ObjectMeta, signerName: string): FieldErrors {
  const prefixMessages = generateName === "" ? [] : checkTrustBundleName(generateName, signerName, true);
  const messages = checkTrustBundleName(name, signerName, false);
  return [
    ...prefixMessages.map((message) => invalid("metadata.generateName", generateName, message)),
    ...messages.map((message) => invalid("metadata.name", name, message)),
  ];
}

function validateAnchors(text: string): FieldErrors {
  if (Buffer.byteLength(text) > MAX_BYTES) return [tooLong(TRUST_BUNDLE, MAX_BYTES)];
  const blocks = readPemBlocks(text);
  const problems = blocks.flatMap((block, index) => {
    const problem = blockProblem(block);
    return problem === undefined ? [] : [`entry ${String(index)} ${problem}`];
  });
  // Whether anchors are missing or repeated can be said of good blocks alone.
  const messages = problems.length > 0 ? problems : setProblems(blocks);
  return messages.map((message) => invalid(TRUST_BUNDLE, OMITTED, message));
}

function blockProblem({ type, hasHeaders, bytes }: PemBlock): string | undefined {
  if (type !== "CERTIFICATE") return `has bad block type: ${type}`;
  if (hasHeaders) return "has PEM block headers";
  if (certificateProblem(bytes) !== undefined) return "does not parse as X.509";
  return isAuthority(bytes) ? undefined : "does not have the CA bit set";
}

function setProblems(blocks: readonly PemBlock[]): readonly string[] {
  if (blocks.length === 0) return ["at least one trust anchor must be provided"];
  const indices = Map.groupBy(blocks.keys(), (index) => blocks[index]?.bytes.toBase64());
  return [...indices.values()]
    .filter(({ length }) => length > 1)
    .map((repeated) => `duplicate trust anchor (indices [${repeated.join(" ")}])`);
}

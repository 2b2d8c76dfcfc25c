import type { Clock } from "#base/clock.ts";
import { inspectAll, readDirectory, usingDirectory } from "./directory.ts";
import { writeDurably } from "./durable-files.ts";
import type { CredentialFacts } from "./inspect.ts";
import { performSteps } from "./perform.ts";
import type { PkiStep } from "./plan.ts";
import { type CertificateName, PLACED_CERTIFICATES } from "./wanted.ts";

/**
 * Issues every certificate of the directory anew, with new keys, for the same subjects and names; authorities stay.
 * Gives their names. What cannot be read is left to the next start. Rejects with a `PkiError`.
 */
export async function rotateCertificates(
  directory: string,
  { clock }: { readonly clock: Clock },
): Promise<readonly CertificateName[]> {
  const found = await readDirectory(directory, PLACED_CERTIFICATES);
  const steps = planRotation(inspectAll(found, PLACED_CERTIFICATES).certificates);
  const files = performSteps(steps, found, clock.now());
  await usingDirectory(directory, () => writeDurably(directory, files));
  return steps.map(({ want }) => want.name);
}

function planRotation(
  certificates: Readonly<Partial<Record<CertificateName, CredentialFacts>>>,
): readonly Extract<PkiStep, { type: "issueCertificate" }>[] {
  return PLACED_CERTIFICATES.flatMap((placed) => {
    const { certificate = "missing" } = certificates[placed.name] ?? {};
    if (typeof certificate === "string") return [];
    const { subject, subjectAltNames } = certificate;
    return [
      { type: "issueCertificate", want: { ...placed, subject, subjectAltNames }, reason: "rotated" } as const,
    ];
  });
}

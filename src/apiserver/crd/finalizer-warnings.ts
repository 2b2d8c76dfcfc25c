import { checkQualifiedName } from "#apimachinery/formats.ts";
import { quote } from "#apimachinery/go-text.ts";
import type { KubeObject } from "#apimachinery/meta.ts";

const STANDARD: readonly string[] = ["orphan", "foregroundDeletion", "kubernetes"];
const ADVICE = "to avoid accidental conflicts with other finalizer writers";

/** What is said of finalizers that a write adds, whose names could be those of somebody else. */
export function finalizerWarnings(next: KubeObject, previous: KubeObject | undefined): readonly string[] {
  const known = previous?.metadata.finalizers ?? [];
  const added = (next.metadata.finalizers ?? []).filter((finalizer) => !known.includes(finalizer));
  return [...new Set(added)]
    .sort()
    .flatMap((finalizer) =>
      problemsOf(finalizer).map((problem) => `metadata.finalizers: ${quote(finalizer)}: ${problem}`),
    );
}

function problemsOf(finalizer: string): readonly string[] {
  const problems = checkQualifiedName(finalizer);
  if (finalizer.includes("/") || STANDARD.includes(finalizer)) return problems;
  const path = finalizer.includes(".") ? " including a path (/)" : "";
  return [...problems, `prefer a domain-qualified finalizer name${path} ${ADVICE}`];
}

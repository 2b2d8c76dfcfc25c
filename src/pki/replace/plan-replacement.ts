import type { Credential } from "../certificate.ts";
import type { CredentialFacts } from "../inspect.ts";
import type { AuthorityName } from "../wanted.ts";

/** What the operator wants an authority to be. */
export interface GivenAuthority extends Credential {
  /** The key certified by the authority before; empty when the operator has nothing of the kind. */
  readonly bridge: string;
  /** Why it cannot be one. */
  readonly problem?: string;
}

/** An authority that is to be replaced. */
export interface AuthorityView {
  readonly name: AuthorityName;
  readonly present: CredentialFacts;
  /** Whether the one before is still trusted. */
  readonly hasPrevious: boolean;
  /** Default: one that is made. */
  readonly given?: GivenAuthority | undefined;
}

export interface ReplacementStep {
  readonly name: AuthorityName;
  readonly given?: GivenAuthority | undefined;
  /** How those who trust the present one come to trust the new one. */
  readonly bridge: "sign" | "given" | "none";
}

/** Either all authorities can be replaced, or a sentence for each says why it cannot. */
export type ReplacementPlan =
  | { readonly type: "replace"; readonly steps: readonly ReplacementStep[] }
  | { readonly type: "refuse"; readonly problems: readonly string[] };

/** `force` replaces also what leaves behind those who trust the present authorities. */
export function planReplacement(
  views: readonly AuthorityView[],
  { force }: { readonly force: boolean },
): ReplacementPlan {
  const problems = views.flatMap((view) => problemOf(view, force) ?? []);
  if (problems.length > 0) return { type: "refuse", problems };
  return {
    type: "replace",
    steps: views.map((view) => ({ name: view.name, given: view.given, bridge: bridgeOf(view) })),
  };
}

function problemOf(view: AuthorityView, force: boolean): string | undefined {
  const { name, hasPrevious, given, present } = view;
  if (hasPrevious) {
    return `${name} has been replaced already, and the one before is still trusted: end that with --finish`;
  }
  if (typeof present.certificate === "string") return `${name}.crt is ${present.certificate}`;
  if (given?.problem !== undefined) return given.problem;
  if (bridgeOf(view) !== "none" || force) return undefined;
  return `nobody who trusts ${name} would trust the new one, because ${name}.key is ${present.key}: restore it, or give --force and let agents join again`;
}

function bridgeOf({ present, given }: AuthorityView): ReplacementStep["bridge"] {
  if (present.key === "usable") return "sign";
  return given === undefined || given.bridge === "" ? "none" : "given";
}

import type { Operation } from "./operation.ts";

/** How operations are called in generated clients. */
export interface OperationIdentity {
  readonly id: string;
  readonly tag: string;
}

/** What names of operations begin with; the rest comes behind group and version. */
const VERB = /^(?:get|log|read|replace|patch|delete|watch|connect|proxy|list|create)/;

/** Puts group and version of the path into the name (apiserver `pkg/endpoints/openapi` `GetOperationIDAndTags`). */
export function identityOf({ name, path }: Pick<Operation, "name" | "path">): OperationIdentity {
  const [verb = ""] = VERB.exec(name) ?? [];
  const [root = "", group, version] = segmentsOf(path);
  const rest = toIdentifier(name.slice(verb.length), true);
  if (root !== "apis" || group === undefined) return { id: verb + rest, tag: toIdentifier(root, false) };
  const trimmed = group.replace(/\.k8s\.io$/, "");
  return {
    id: verb + toIdentifier(trimmed, true) + toIdentifier(version ?? "", true) + rest,
    tag: toIdentifier(trimmed, false) + (version === undefined ? "" : `_${toIdentifier(version, false)}`),
  };
}

function segmentsOf(path: string): readonly string[] {
  const segments = path.split("/").filter((segment) => segment !== "");
  return segments[0] === "api" ? ["apis", "core", ...segments.slice(1)] : segments;
}

/** `rbac.authorization` becomes `rbacAuthorization`: what no identifier has is left out, with a capital behind it. */
function toIdentifier(text: string, isCapitalized: boolean): string {
  let identifier = "";
  let isNextCapital = isCapitalized;
  for (const [index, character] of text.split("").entries()) {
    const isAllowed = /[\p{L}_]/u.test(character) || (index > 0 && /\p{Nd}/u.test(character));
    if (isAllowed) identifier += isNextCapital ? character.toUpperCase() : character;
    isNextCapital = !isAllowed;
  }
  return identifier;
}

import { quote } from "../go-text.ts";
import { applyConflict, type StatusError } from "../status-error.ts";
import type { Manager } from "./managed-fields.ts";
import { formatPath, type PathElement } from "./path-element.ts";

/** A field that an applied configuration changes and another manager owns. */
export interface Conflict {
  readonly manager: Manager;
  readonly path: readonly PathElement[];
}

/** The 409 of an apply that would take fields from others (apimachinery `managedfields/internal/conflict.go`). */
export function conflictError(conflicts: readonly Conflict[]): StatusError {
  const causes = conflicts.map(({ manager, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${describeManager(manager)}`,
    field: formatPath(path),
  }));
  return applyConflict(causes, conflictMessage(conflicts));
}

function conflictMessage(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (first !== undefined && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${describeManager(first.manager)}: ${formatPath(first.path)}`;
  }
  const lines = [...Map.groupBy(conflicts, ({ manager }) => describeManager(manager))]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([manager, each]) => [
      `conflicts with ${manager}:`,
      ...each.map(({ path }) => `- ${formatPath(path)}`),
    ]);
  return `Apply failed with ${String(conflicts.length)} conflicts: ${lines.join("\n")}`;
}

function describeManager({ name, operation, apiVersion, subresource }: Manager): string {
  const text = quote(name) + (subresource === "" ? "" : ` with subresource ${quote(subresource)}`);
  return operation === "Update" ? `${text} using ${apiVersion}` : text;
}

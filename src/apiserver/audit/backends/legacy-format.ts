import { quote } from "#apimachinery/go-text.ts";
import type { AuditEvent } from "../audit-event.ts";

/** An event as a line of text (apiserver `pkg/audit/format.go`). */
export function formatLegacyEvent(event: AuditEvent): string {
  const { user, impersonatedUser, responseStatus } = event;
  const fields: readonly (readonly [name: string, value: string])[] = [
    ["id", event.auditID],
    ["stage", event.stage],
    ["ip", event.sourceIPs[0] ?? "<unknown>"],
    ["method", event.verb],
    ["user", user?.name || "<none>"],
    ["groups", user?.name ? listOf(user.groups, "<none>") : "<none>"],
    ["as", impersonatedUser?.name ?? "<self>"],
    ["asgroups", listOf(impersonatedUser?.groups ?? [], "<lookup>")],
    ["user-agent", event.userAgent],
    ["namespace", event.objectRef?.namespace || "<none>"],
    ["uri", event.requestURI],
    ["response", responseStatus === undefined ? "<deferred>" : String(responseStatus.code ?? 0)],
  ];
  const time = new Date(event.requestReceivedTimestamp).toISOString().replace(/\.?0*Z$/, "Z");
  return `${time} AUDIT: ${fields.map(([name, value]) => `${name}=${quote(value)}`).join(" ")}\n`;
}

function listOf(groups: readonly string[], none: string): string {
  return groups.length === 0 ? none : groups.map(quote).join(",");
}

import type { AuditEvent } from "#apiserver/audit/audit-event.ts";

/** The event of a request for all pods, with changes. */
export function anAuditEvent(auditID: string, changes: Partial<AuditEvent> = {}): AuditEvent {
  return {
    level: "Metadata",
    auditID,
    stage: "ResponseComplete",
    requestURI: "/api/v1/pods",
    verb: "list",
    user: { name: "jane", groups: ["dev"] },
    sourceIPs: ["10.0.0.1"],
    userAgent: "kubectl/v1.36.3",
    requestReceivedTimestamp: Date.UTC(2026, 10, 29, 22, 10),
    stageTimestamp: Date.UTC(2026, 10, 29, 22, 10, 1),
    annotations: new Map(),
    ...changes,
  };
}

import { expect, test } from "bun:test";
import { anAuditEvent } from "#testing/audit-events.ts";
import type { AuditEvent } from "../audit-event.ts";
import { formatLegacyEvent } from "./legacy-format.ts";

const cases: readonly { name: string; event: AuditEvent; line: string }[] = [
  {
    name: "a request",
    event: anAuditEvent("the-id", { responseStatus: { code: 200 } }),
    line: '2026-11-29T22:10:00Z AUDIT: id="the-id" stage="ResponseComplete" ip="10.0.0.1" method="list" user="jane" groups="\\"dev\\"" as="<self>" asgroups="<lookup>" user-agent="kubectl/v1.36.3" namespace="<none>" uri="/api/v1/pods" response="200"\n',
  },
  {
    name: "what is not known yet, and somebody else's name",
    event: anAuditEvent("the-id", {
      stage: "RequestReceived",
      user: undefined,
      impersonatedUser: { name: "joe", groups: ["a", "b"] },
      sourceIPs: [],
      requestReceivedTimestamp: Date.UTC(2026, 10, 29, 22, 10, 0, 120),
    }),
    line: '2026-11-29T22:10:00.12Z AUDIT: id="the-id" stage="RequestReceived" ip="<unknown>" method="list" user="<none>" groups="<none>" as="joe" asgroups="\\"a\\",\\"b\\"" user-agent="kubectl/v1.36.3" namespace="<none>" uri="/api/v1/pods" response="<deferred>"\n',
  },
];

test.each(cases)("$name is a line", ({ event, line }) => {
  expect(formatLegacyEvent(event)).toBe(line);
});

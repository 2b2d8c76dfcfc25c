import { describe, expect, test } from "bun:test";
import { anAuditEvent } from "#testing/audit-events.ts";
import type { AuditEvent } from "../audit-event.ts";
import { truncateEvents } from "./truncating-backend.ts";

const large = JSON.stringify("A".repeat(10_000));
const limits = { maxEventSize: 10_000, maxBatchSize: 20_000 };

describe("truncateEvents", () => {
  const cases: readonly { name: string; event: AuditEvent; becomes: string }[] = [
    { name: "keeps what is small", event: anAuditEvent("a"), becomes: "a" },
    {
      name: "takes the objects out of what is too large",
      event: anAuditEvent("a", { level: "RequestResponse", requestObject: large, responseObject: "{}" }),
      becomes: "a truncated",
    },
    {
      name: "loses what is too large without them",
      event: anAuditEvent("a", { level: "Request", annotations: new Map([["k", large]]) }),
      becomes: "lost",
    },
    {
      name: "loses what is too large and has none",
      event: anAuditEvent("a", { annotations: new Map([["k", large]]) }),
      becomes: "lost",
    },
  ];
  test.each(cases)("$name", ({ event, becomes }) => {
    const { batches, lost } = truncateEvents([event], limits);
    const texts = batches.flat().map(({ auditID, annotations, requestObject, responseObject }) => {
      const isTruncated = annotations.get("audit.k8s.io/truncated") === "true";
      if (isTruncated) expect([requestObject, responseObject]).toEqual([undefined, undefined]);
      return isTruncated ? `${auditID} truncated` : auditID;
    });
    expect(texts.join() || `lost${lost === 1 ? "" : "?"}`).toBe(becomes);
  });

  test("makes several batches of what is too much for one", () => {
    const requestObject = JSON.stringify("A".repeat(8_000));
    const events = ["a", "b", "c"].map((id) => anAuditEvent(id, { requestObject }));
    const { batches } = truncateEvents(events, limits);
    expect(batches.map((batch) => batch.map(({ auditID }) => auditID).join(""))).toEqual(["ab", "c"]);
    expect(truncateEvents(events, { ...limits, maxBatchSize: 1 }).batches).toHaveLength(3);
  });
});

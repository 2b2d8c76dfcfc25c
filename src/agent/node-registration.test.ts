import { describe, expect, test } from "bun:test";
import { parseNodeLabel, parseNodeTaint } from "./node-registration.ts";

describe("parseNodeLabel", () => {
  test.each([
    { text: "disk=ssd", want: { key: "disk", value: "ssd" } },
    { text: "example.com/shed", want: { key: "example.com/shed", value: "" } },
    { text: "node.kubernetes.io/shed=a", want: { key: "node.kubernetes.io/shed", value: "a" } },
  ])("reads $text", ({ text, want }) => {
    expect(parseNodeLabel(text)).toEqual(want);
  });

  test.each([
    { text: "", says: "must be a label such as disk=ssd" },
    { text: "disk=a=b", says: "must be a label such as disk=ssd" },
    {
      text: "node-role.kubernetes.io/worker=true",
      says: "prefix (kubelet.kubernetes.io, node.kubernetes.io)",
    },
    { text: "node-restriction.kubernetes.io/a=b", says: "must not be a label of Kubernetes" },
  ])("refuses '$text'", ({ text, says }) => {
    expect(() => parseNodeLabel(text)).toThrow(says);
  });
});

describe("parseNodeTaint", () => {
  test.each([
    { text: "disk=slow:NoSchedule", want: { key: "disk", value: "slow", effect: "NoSchedule" } },
    { text: "disk=:PreferNoSchedule", want: { key: "disk", value: "", effect: "PreferNoSchedule" } },
    { text: "example.com/a:NoExecute", want: { key: "example.com/a", effect: "NoExecute" } },
  ])("reads $text", ({ text, want }) => {
    expect(parseNodeTaint(text)).toEqual(want as ReturnType<typeof parseNodeTaint>);
  });

  test.each(["", "disk", "disk=slow", "disk=slow:Never", ":NoSchedule", "a=b:c:NoSchedule"])(
    "refuses '%s'",
    (text) => {
      expect(() => parseNodeTaint(text)).toThrow("must be a taint such as disk=slow:NoSchedule");
    },
  );
});

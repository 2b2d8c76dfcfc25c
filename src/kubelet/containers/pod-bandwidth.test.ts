import { describe, expect, test } from "bun:test";
import { podBandwidth } from "./pod-bandwidth.ts";

describe("podBandwidth", () => {
  const ingress = "kubernetes.io/ingress-bandwidth";
  const egress = "kubernetes.io/egress-bandwidth";

  test.each([
    { name: "nothing", annotations: {}, want: undefined },
    { name: "what may come in", annotations: { [ingress]: "10M" }, want: { ingress: 10e6 } },
    {
      name: "both",
      annotations: { [ingress]: "1k", [egress]: "1Gi" },
      want: { ingress: 1000, egress: 2 ** 30 },
    },
  ])("reads $name", ({ annotations, want }) => {
    expect(podBandwidth(annotations)).toEqual(want);
  });

  test.each([
    { text: "999", says: "resource is unreasonably small (< 1kbit)" },
    { text: "2P", says: "resource is unreasonably large (> 1Pbit)" },
    { text: "fast", says: "quantities must match the regular expression" },
  ])("refuses $text", ({ text, says }) => {
    expect(() => podBandwidth({ [egress]: text })).toThrow(says);
  });
});

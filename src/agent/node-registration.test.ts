import { describe, expect, test } from "bun:test";
import { argsOf, parseKubeletArg } from "./kubelet-args.ts";
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
    { text: "node-role.kubernetes.io/worker=true", says: "must not be a label of Kubernetes" },
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

describe("parseKubeletArg", () => {
  test("reads what the kubelet knows, and the last of several counts", () => {
    const args = [
      "max-pods=50",
      "--node-status-update-frequency=20s",
      "streaming-connection-idle-timeout=1h",
      "max-pods=60",
      "node-labels=disk=ssd,zone=a",
      "register-with-taints=disk=slow:NoSchedule",
      "cluster-dns=10.43.0.10,fd43::a",
      "cluster-domain=edge.local",
    ];
    expect(argsOf(args.map(parseKubeletArg))).toEqual({
      maxPods: 60,
      nodeStatusUpdateFrequencyMs: 20_000,
      streamingConnectionIdleTimeoutMs: 3_600_000,
      nodeLabels: [
        { key: "disk", value: "ssd" },
        { key: "zone", value: "a" },
      ],
      nodeTaints: [{ key: "disk", value: "slow", effect: "NoSchedule" }],
      clusterDNS: ["10.43.0.10", "fd43::a"],
      clusterDomain: "edge.local",
    });
  });

  test.each([
    { text: "no-such=1", says: "must be one of cluster-dns, " },
    { text: "constructor=1", says: "must be one of cluster-dns, " },
    { text: "max-pods", says: "must be one of cluster-dns, " },
    { text: "fail-swap-on=false", says: "must be one of cluster-dns, " },
    { text: "cluster-dns=x", says: "must have addresses, such as 10.43.0.10" },
    { text: "cluster-domain=-", says: "must have a domain, such as cluster.local" },
    { text: "max-pods=0", says: "must have a number above zero" },
    { text: "node-status-update-frequency=soon", says: "must have a duration above zero, such as 10s" },
  ])("refuses $text", ({ text, says }) => {
    expect(() => parseKubeletArg(text)).toThrow(says);
  });
});

import { describe, expect, test } from "bun:test";
import type { ContainerPort, Pod } from "#api/generated/core-v1.ts";
import { aNode, aPod } from "#testing/objects.ts";
import { verdicts, wantsRetry } from "#testing/scheduling.ts";
import { nodePortsPlugin, REASON_PORTS } from "./node-ports.ts";

/** `TCP/127.0.0.1/8080`; without an address it is every address. */
function portOf(text: string): ContainerPort {
  const [protocol = "", address = "", port = ""] = text.split("/");
  const hostPort = Number(port);
  return { protocol: protocol as "TCP", hostIP: address, hostPort, containerPort: hostPort };
}

function podWith(name: string, ports: readonly string[], nodeName?: string): Pod {
  return aPod(name, {
    spec: {
      containers: [{ name: "app", image: "app:1", ports: ports.map(portOf) }],
      ...(nodeName !== undefined && { nodeName }),
    },
  });
}

describe("the filter", () => {
  const cases = [
    { name: "no ports", wanted: [], used: ["TCP//80"], want: true },
    { name: "other ports", wanted: ["TCP//80"], used: ["TCP//81"], want: true },
    { name: "the same port", wanted: ["TCP//80"], used: ["TCP//80"], want: false },
    { name: "another protocol", wanted: ["UDP//80"], used: ["TCP//80"], want: true },
    { name: "another address", wanted: ["TCP/127.0.0.1/80"], used: ["TCP/127.0.0.2/80"], want: true },
    { name: "every address", wanted: ["TCP/0.0.0.0/80"], used: ["TCP/127.0.0.2/80"], want: false },
    { name: "every address is used", wanted: ["TCP/127.0.0.1/80"], used: ["TCP//80"], want: false },
    { name: "one of two", wanted: ["TCP//80", "TCP//81"], used: ["TCP//81"], want: false },
  ];

  test.each(cases)("$name: $want", ({ wanted, used, want }) => {
    const surroundings = { nodes: [aNode("n")], pods: [podWith("b", used, "n")] };
    expect(verdicts(nodePortsPlugin, podWith("a", wanted), surroundings)).toEqual({
      n: want ? "fits" : `Unschedulable: ${REASON_PORTS}`,
    });
  });

  test("counts the ports of sidecars, not those of other init containers", () => {
    const ports = [portOf("TCP//80")];
    const init = (restartPolicy?: "Always") => ({
      name: "init",
      image: "init:1",
      ports,
      ...(restartPolicy !== undefined && { restartPolicy }),
    });
    const running = (restartPolicy?: "Always") =>
      aPod("b", { spec: { nodeName: "n", initContainers: [init(restartPolicy)] } });
    const verdict = (pod: Pod) =>
      verdicts(nodePortsPlugin, podWith("a", ["TCP//80"]), { nodes: [aNode("n")], pods: [pod] })["n"];
    expect(verdict(running())).toBe("fits");
    expect(verdict(running("Always"))).toBe(`Unschedulable: ${REASON_PORTS}`);
  });
});

describe("a retry", () => {
  const cases = [
    { name: "a pod with the port goes", gone: podWith("b", ["TCP//80"], "n"), want: true },
    { name: "a pod with another port goes", gone: podWith("b", ["TCP//81"], "n"), want: false },
    { name: "a pod without ports goes", gone: podWith("b", [], "n"), want: false },
    { name: "a pod goes that was on no node", gone: podWith("b", ["TCP//80"]), want: false },
  ];

  test.each(cases)("when $name: $want", ({ gone, want }) => {
    const event = { resource: "AssignedPod", action: "Delete", change: { previous: gone } } as const;
    expect(wantsRetry(nodePortsPlugin, podWith("a", ["TCP//80"]), event)).toBe(want);
  });
});

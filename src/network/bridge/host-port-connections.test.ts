import { expect, test } from "bun:test";
import { FakeConntrack } from "../conntrack/fake-conntrack.ts";
import { addressBytes } from "../nft/value.ts";
import { forgetHostPortConnections } from "./host-port-connections.ts";

const address = (text: string): string => addressBytes(text) ?? "";

const connection = (destination: string, port: number, answers: string, protocol: "TCP" | "UDP" = "UDP") => ({
  protocol,
  original: {
    source: address("1.2.3.4"),
    destination: address(destination),
    sourcePort: 5000,
    destinationPort: port,
  },
  reply: { source: address(answers), destination: address("1.2.3.4"), sourcePort: 53, destinationPort: 5000 },
});

test("forgets UDP connections by the host ports to the pod and to the host itself, and no others", () => {
  const conntrack = new FakeConntrack();
  const kept = [
    connection("192.168.1.1", 5353, "10.42.3.6"),
    connection("192.168.1.1", 5354, "10.42.3.5"),
    connection("192.168.1.1", 5353, "10.42.3.5", "TCP"),
  ];
  const stale = [
    connection("192.168.1.1", 5353, "10.42.3.5"),
    connection("192.168.1.1", 5353, "192.168.1.1"),
  ];
  for (const each of [...kept, ...stale]) conntrack.add(each);
  forgetHostPortConnections(conntrack, {
    addresses: ["10.42.3.5"],
    podUid: "uid",
    podNamespace: "default",
    podName: "dns",
    networkNamespace: "",
    hostPorts: [
      { hostIP: "", hostPort: 5353, containerPort: 53, protocol: "UDP" },
      { hostIP: "", hostPort: 5353, containerPort: 53, protocol: "TCP" },
    ],
  });
  const left = (["UDP", "TCP"] as const).flatMap((protocol) => conntrack.entries({ family: "ip", protocol }));
  expect(left).toEqual(kept);
});

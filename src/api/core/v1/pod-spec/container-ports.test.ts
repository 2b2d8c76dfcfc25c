import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { aPod } from "#testing/objects.ts";
import { containerErrors } from "#testing/pod-spec.ts";
import type { ContainerPort } from "../../../generated/core-v1.ts";
import { pod } from "../pod.ts";

const RANGE = "must be between 1 and 65535, inclusive";
const SAME = "must match `containerPort` when `hostNetwork` is true";
const PORTS = "spec.containers[0].ports";

describe("the ports of a container", () => {
  test.each<{ name: string; ports: ContainerPort[]; want: string[] }>([
    {
      name: "of all protocols",
      ports: [
        { name: "abc", containerPort: 80, hostPort: 80, protocol: "TCP" },
        { name: "easy", containerPort: 82, protocol: "UDP" },
        { name: "1-a", containerPort: 65535, protocol: "SCTP", hostIP: "10.0.0.1" },
        { containerPort: 82 },
      ],
      want: [],
    },
    {
      name: "of no number",
      ports: [{ containerPort: 0 }, { containerPort: 65536, hostPort: 65536 }, { containerPort: -1 }],
      want: [
        `${PORTS}[0].containerPort: Required value`,
        `${PORTS}[1].containerPort: Invalid value: 65536: ${RANGE}`,
        `${PORTS}[1].hostPort: Invalid value: 65536: ${RANGE}`,
        `${PORTS}[2].containerPort: Invalid value: -1: ${RANGE}`,
      ],
    },
    {
      name: "of no name",
      ports: [
        { name: "a".repeat(16), containerPort: 80 },
        { name: "a.b", containerPort: 81 },
        { name: "80", containerPort: 82 },
        { name: "-a", containerPort: 83 },
        { name: "a--b", containerPort: 84 },
      ],
      want: [
        `${PORTS}[0].name: Invalid value: "${"a".repeat(16)}": must be no more than 15 characters`,
        `${PORTS}[1].name: Invalid value: "a.b": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)`,
        `${PORTS}[2].name: Invalid value: "80": must contain at least one letter (a-z)`,
        `${PORTS}[3].name: Invalid value: "-a": must not begin or end with a hyphen`,
        `${PORTS}[4].name: Invalid value: "a--b": must not contain consecutive hyphens`,
      ],
    },
    {
      name: "of one name",
      ports: [
        { name: "http", containerPort: 80 },
        { name: "http", containerPort: 81 },
      ],
      want: [`${PORTS}[1].name: Duplicate value: "http"`],
    },
    {
      name: "of another protocol",
      ports: [{ containerPort: 80, protocol: "icmp" as "TCP" }],
      want: [`${PORTS}[0].protocol: Unsupported value: "icmp": supported values: "SCTP", "TCP", "UDP"`],
    },
  ])("$name", ({ ports, want }) => {
    expect(containerErrors([{ ports }])).toEqual(want);
  });
});

describe("ports of the host", () => {
  test("are taken once for each protocol and address", () => {
    const port = { containerPort: 80, hostPort: 80 };
    expect(
      containerErrors([{ ports: [port, { ...port, protocol: "UDP" }, { ...port, hostIP: "10.0.0.1" }] }]),
    ).toEqual([]);
    expect(containerErrors([{ ports: [port] }, { ports: [{ containerPort: 81 }, port] }])).toEqual([
      'spec.containers[1].ports[1].hostPort: Duplicate value: "TCP//80"',
    ]);
  });

  test("of init containers are not, since these run one after the other", () => {
    const port = { containerPort: 80, hostPort: 80 };
    const init = (name: string, ...ports: ContainerPort[]) => ({ name, image: "app:1", ports });
    const errorsOf = (...initContainers: ReturnType<typeof init>[]) =>
      containerErrors([{ ports: [port] }], { initContainers });
    expect(errorsOf(init("a", port), init("b", port))).toEqual([]);
    expect(errorsOf(init("a"), init("b", port, port))).toEqual([
      'spec.initContainers[0].ports[1].hostPort: Duplicate value: "TCP//80"',
    ]);
  });

  test("are those of the containers with host networking, which a template may leave open", () => {
    const ports = [{ containerPort: 80, hostPort: 81 }, { containerPort: 82 }];
    const error = (index: number, value: number) =>
      `spec.containers[0].ports[${String(index)}].hostPort: Invalid value: ${String(value)}: ${SAME}`;
    expect(containerErrors([{ ports }], { hostNetwork: true })).toEqual([error(0, 81)]);
    const ofPod = aPod("web", { spec: { containers: [{ name: "a", image: "a", ports }] } });
    const onHost = { ...ofPod, spec: { ...ofPod.spec, hostNetwork: true } };
    expect(errorTexts(pod.validate?.(onHost))).toEqual([error(0, 81), error(1, 0)]);
  });
});

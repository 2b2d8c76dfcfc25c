import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { aPod } from "#testing/objects.ts";
import type { ContainerStatus, PodSpec, PodStatus } from "../../../generated/core-v1.ts";
import { pod } from "../pod.ts";

const IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

function check(next: PodStatus, previous: PodStatus = {}, spec: Partial<PodSpec> = {}): readonly string[] {
  return errorTexts(
    pod.validateStatusUpdate?.(aPod("web", { spec, status: next }), aPod("web", { spec, status: previous })),
  );
}

function status(
  name: string,
  state: ContainerStatus["state"],
  more: Partial<ContainerStatus> = {},
): ContainerStatus {
  return {
    name,
    image: "app:1",
    imageID: "",
    ready: false,
    restartCount: 0,
    ...(state && { state }),
    ...more,
  };
}

test.each<{ name: string; next: PodStatus; previous?: PodStatus; spec?: Partial<PodSpec>; want: string[] }>([
  {
    name: "a usual status",
    next: {
      phase: "Running",
      hostIP: "10.0.0.1",
      hostIPs: [{ ip: "10.0.0.1" }],
      podIPs: [{ ip: "10.1.0.1" }, { ip: "fd00::1" }],
    },
    want: [],
  },
  {
    name: "conditions",
    next: {
      conditions: [
        { type: "Ready", status: "True", observedGeneration: -1 },
        { type: "a/b/c", status: "True" },
      ],
    },
    want: [
      "status.conditions[0].observedGeneration: Invalid value: -1: must be a non-negative integer",
      'status.conditions[1].Type: Invalid value: "a/b/c": a valid label key must consist of',
    ],
  },
  {
    name: "a nomination of a bound pod",
    next: { nominatedNodeName: "Node" },
    spec: { nodeName: "node-1" },
    want: [
      'status.nominatedNodeName: Invalid value: "Node": a lowercase RFC 1123 subdomain',
      "status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node",
    ],
  },
  {
    name: "a nomination from before",
    next: { nominatedNodeName: "a" },
    previous: { nominatedNodeName: "a" },
    spec: { nodeName: "a" },
    want: [],
  },
  {
    name: "the class and the generation",
    next: { qosClass: "Guaranteed", observedGeneration: -1 },
    want: [
      "status.observedGeneration: Invalid value: -1: must be a non-negative integer",
      'status.qosClass: Invalid value: "Guaranteed": field is immutable',
    ],
  },
  {
    name: "addresses",
    next: { hostIP: "10.0.0.2", hostIPs: [{ ip: "10.0.0.1" }], podIPs: [{ ip: "x" }, { ip: "10.0.0.1" }] },
    want: [
      `status.podIPs[0]: Invalid value: "x": ${IP}`,
      "status.podIPs: Internal error: failed to check for dual stack with error:invalid IP[0]: x",
      'status.podIPs: Invalid value: [{"IP":"x"},{"IP":"10.0.0.1"}]: may specify no more than one IP for each IP family',
      'status.hostIPs[0].ip: Invalid value: "10.0.0.1": must be equal to `hostIP`',
    ],
  },
  {
    name: "an odd address from before",
    next: { podIPs: [{ ip: "x" }] },
    previous: { podIPs: [{ ip: "x" }] },
    want: [],
  },
  {
    name: "users",
    next: {
      containerStatuses: [
        status("app", undefined, { user: { linux: { uid: -1, gid: 0, supplementalGroups: [-2] } } }),
      ],
    },
    want: [
      "status.containerStatuses[0].user.linux.uid: Invalid value: -1: must be between 0 and 2147483647, inclusive",
      "status.containerStatuses[0].user.linux.supplementalGroups[0]: Invalid value: -2: must be between 0 and 2147483647, inclusive",
    ],
  },
  {
    name: "a Linux user on Windows",
    next: { containerStatuses: [status("app", undefined, { user: { linux: { uid: 1, gid: 1 } } })] },
    spec: { os: { name: "windows" } },
    want: ["status.containerStatuses[0].user.linux: Forbidden: cannot be set for a windows pod"],
  },
  {
    name: "the health of resources",
    next: {
      containerStatuses: [
        status("app", undefined, {
          allocatedResourcesStatus: [
            {
              name: "cpu",
              resources: [
                { resourceID: "a", health: "Fine" },
                { resourceID: "a", health: "Healthy", message: "" },
              ],
            },
            { name: "claim:gpu" },
          ],
        }),
      ],
      ephemeralContainerStatuses: [
        status("debug", undefined, { allocatedResourcesStatus: [{ name: "cpu" }] }),
      ],
    },
    want: [
      'status.containerStatuses[0].allocatedResourcesStatus[0].name: Invalid value: "cpu": must match one of the container\'s resource requests',
      'status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].health: Unsupported value: "Fine": supported values: "Healthy", "Unhealthy", "Unknown"',
      "status.containerStatuses[0].allocatedResourcesStatus[0].resources[1].message: Required value: must be non-empty if specified",
      'status.containerStatuses[0].allocatedResourcesStatus[0].resources[1].resourceID: Duplicate value: "a"',
      "status.containerStatuses[0].allocatedResourcesStatus[1].name: Invalid value: \"claim:gpu\": must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty",
      "status.ephemeralContainerStatuses[0].allocatedResourcesStatus: Forbidden: must not be specified in container status",
    ],
  },
  {
    name: "claims",
    next: {
      resourceClaimStatuses: [{ name: "a" }, { name: "a", resourceClaimName: "B" }],
      extendedResourceClaimStatus: {
        resourceClaimName: "",
        requestMappings: [
          { containerName: "app", resourceName: "gpu", requestName: "r" },
          { containerName: "b", resourceName: "gpu", requestName: "r" },
          { containerName: "b", resourceName: "gpu", requestName: "r" },
        ],
      },
    },
    want: [
      'status.resourceClaimStatuses[0].name: Invalid value: "a": must match the name of an entry in `spec.resourceClaims`',
      'status.resourceClaimStatuses[1].name: Invalid value: "a": must match the name of an entry in `spec.resourceClaims`',
      'status.resourceClaimStatuses[1].name: Duplicate value: "a"',
      'status.resourceClaimStatuses[1].name: Invalid value: "B": a lowercase RFC 1123 subdomain',
      'status.extendedResourceClaimStatus.requestMappings[0].resourceName: Invalid value: "gpu": must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests',
      'status.extendedResourceClaimStatus.requestMappings[1].containerName: Invalid value: "b": must match the name of an entry in spec.initContainers.name or spec.containers.name',
      'status.extendedResourceClaimStatus.requestMappings[2].containerName: Invalid value: "b": must match the name of an entry in spec.initContainers.name or spec.containers.name',
      'status.extendedResourceClaimStatus.requestMappings[2].containerName: Duplicate value: "b"',
      'status.extendedResourceClaimStatus.requestMappings[2].resourceName: Duplicate value: "gpu"',
      'status.extendedResourceClaimStatus.requestMappings[2].requestName: Duplicate value: "r"',
      "status.extendedResourceClaimStatus.resourceClaimName: Required value",
    ],
  },
])("pod.validateStatusUpdate judges $name", ({ next, previous, spec, want }) => {
  const errors = check(next, previous, spec);
  expect(errors).toHaveLength(want.length);
  for (const [index, text] of want.entries()) expect(errors[index]).toStartWith(text);
});

describe("a container that has ended", () => {
  const ended = (exitCode: number) => ({ terminated: { exitCode } });
  const AGAIN = "Forbidden: may not be transitioned to non-terminated state";
  const restart = (spec: Partial<PodSpec>, exitCode = 1) =>
    check(
      { containerStatuses: [status("app", { running: {} })] },
      { containerStatuses: [status("app", ended(exitCode))] },
      spec,
    );

  test("starts again by the policy of the pod", () => {
    expect(restart({})).toEqual([]);
    expect(restart({ restartPolicy: "OnFailure" })).toEqual([]);
    expect(restart({ restartPolicy: "OnFailure" }, 0)).toEqual([
      `status.containerStatuses[0].state: ${AGAIN}`,
    ]);
    expect(restart({ restartPolicy: "Never" })).toEqual([`status.containerStatuses[0].state: ${AGAIN}`]);
  });

  test("may have ended before, or be gone", () => {
    const previous = { containerStatuses: [status("app", ended(1))] };
    expect(check(previous, previous, { restartPolicy: "Never" })).toEqual([]);
    expect(check({}, previous, { restartPolicy: "Never" })).toEqual([]);
  });

  test("starts again when it is a sidecar", () => {
    const spec: Partial<PodSpec> = {
      restartPolicy: "Never",
      initContainers: [
        { name: "side", image: "app:1", restartPolicy: "Always" },
        { name: "init", image: "app:1" },
      ],
    };
    const after = [status("side", { running: {} }), status("init", { running: {} })];
    const before = [status("side", ended(1)), status("init", ended(1))];
    expect(check({ initContainerStatuses: after }, { initContainerStatuses: before }, spec)).toEqual([
      `status.initContainerStatuses[1].state: ${AGAIN}`,
    ]);
  });

  test("never starts again when it is ephemeral", () => {
    expect(
      check(
        { ephemeralContainerStatuses: [status("debug", { running: {} })] },
        { ephemeralContainerStatuses: [status("debug", ended(0))] },
      ),
    ).toEqual([`status.ephemeralContainerStatuses[0].state: ${AGAIN}`]);
  });
});

import { describe, expect, test } from "bun:test";
import { errorTexts, someWrite } from "#testing/kinds.ts";
import { aPod } from "#testing/objects.ts";
import type { Container, Pod, PodSpec } from "../../../generated/core-v1.ts";
import { pod } from "../pod.ts";

const app = { name: "app", image: "app:1" };
const MIRROR = { "kubernetes.io/config.mirror": "x" };

describe("pods/resize", () => {
  const subresource = pod.updateSubresources?.["resize"];
  const sized = (cpu: string, more: Partial<Container> = {}): Container => ({
    ...app,
    resources: { requests: { cpu }, limits: { memory: "1Gi" } },
    ...more,
  });
  const previous = aPod("web", {
    spec: { containers: [sized("1")], initContainers: [{ ...app, name: "init" }] },
  });
  const resized = (containers: readonly Container[], spec: Partial<PodSpec> = {}) =>
    aPod("web", { spec: { containers, initContainers: [{ ...app, name: "init" }], ...spec } });
  const check = (next: Pod) => {
    const prepared = subresource?.prepareForUpdate(next, previous, someWrite) ?? next;
    return errorTexts(subresource?.validateUpdate(prepared, previous));
  };

  test("changes cpu and memory alone", () => {
    const next = resized([sized("2", { image: "app:2" })], { hostname: "x" });
    const updated = subresource?.prepareForUpdate(next, previous, someWrite);
    expect(updated).toEqual({ ...previous, spec: resized([sized("2")]).spec });
    expect(check(next)).toEqual([]);
  });

  test.each<{ name: string; next: Pod; want: string[] }>([
    {
      name: "other containers",
      next: resized([sized("1"), sized("1", { name: "b" })]),
      want: ["spec.containers: Forbidden: containers may not be added or removed on resize"],
    },
    {
      name: "another name",
      next: resized([sized("1", { name: "b" })]),
      want: ["spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize"],
    },
    {
      name: "a request less",
      next: resized([{ ...app, resources: { limits: { memory: "1Gi" } } }]),
      want: ["spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed"],
    },
    {
      name: "another resource",
      next: resized([
        sized("1", {
          resources: { requests: { cpu: "1", "ephemeral-storage": "1Gi" }, limits: { memory: "1Gi" } },
        }),
      ]),
      want: ["spec: Forbidden: only cpu and memory resources are mutable"],
    },
    {
      name: "another class",
      next: resized(
        [sized("1", { resources: { requests: { cpu: "1" }, limits: { memory: "1Gi", cpu: "1" } } })],
        {
          initContainers: [{ ...app, name: "init", resources: { limits: { memory: "1Gi", cpu: "1" } } }],
        },
      ),
      want: ['spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing'],
    },
  ])("refuses $name", ({ next, want }) => {
    expect(check(next)).toEqual(want);
  });

  describe("of several containers", () => {
    const sidecar = (cpu: string, more: Partial<Container> = {}): Container => ({
      ...sized(cpu, { name: "side", restartPolicy: "Always" }),
      ...more,
    });
    const init = (cpu: string, more: Partial<Container> = {}): Container =>
      sized(cpu, { name: "init", ...more });
    const restarted = { resizePolicy: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }] };
    const podOf = (containers: readonly Container[], initContainers: readonly Container[]) =>
      aPod("web", { spec: { containers, initContainers } });
    const old = podOf([sized("1")], [init("1"), sidecar("1")]);
    const judge = (next: Pod) => {
      const prepared = subresource?.prepareForUpdate(next, old, someWrite) ?? next;
      return errorTexts(subresource?.validateUpdate(prepared, old));
    };

    test.each<{ name: string; next: Pod; want: string[] }>([
      { name: "all", next: podOf([sized("2")], [init("2"), sidecar("2")]), want: [] },
      {
        name: "a limit more",
        next: podOf(
          [sized("1", { resources: { requests: { cpu: "1" }, limits: { memory: "2Gi", cpu: "3" } } })],
          [init("1"), sidecar("1")],
        ),
        want: [],
      },
      {
        name: "a limit less",
        next: podOf(
          [sized("1")],
          [init("1"), sidecar("1", { resources: { requests: { cpu: "1", memory: "1Gi" } } })],
        ),
        want: ["spec.initContainers[1].resources.limits: Forbidden: resource limits cannot be removed"],
      },
      {
        name: "init containers in another order",
        next: podOf([sized("1")], [sidecar("1"), init("1")]),
        want: [0, 1].map(
          (index) =>
            `spec.initContainers[${String(index)}].name: Forbidden: initContainers may not be renamed or reordered on resize`,
        ),
      },
      {
        name: "one init container less",
        next: podOf([sized("1")], [init("1")]),
        want: ["spec.initContainers: Forbidden: initContainers may not be added or removed on resize"],
      },
      {
        name: "another resource of an init container",
        next: podOf(
          [sized("1")],
          [
            init("1", {
              resources: {
                requests: { cpu: "1", "example.com/a": "1" },
                limits: { memory: "1Gi", "example.com/a": "1" },
              },
            }),
            sidecar("1"),
          ],
        ),
        want: [
          "spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable",
        ],
      },
      {
        name: "a sidecar that would restart",
        next: podOf([sized("1")], [init("1"), sidecar("2", restarted)]),
        want: [
          "spec.initContainers[1]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable",
        ],
      },
      {
        name: "more than its limit",
        next: podOf(
          [sized("1", { resources: { requests: { cpu: "1", memory: "2Gi" }, limits: { memory: "1Gi" } } })],
          [init("1"), sidecar("1")],
        ),
        want: [
          'spec.containers[0].resources.requests: Invalid value: "2Gi": must be less than or equal to memory limit of 1Gi',
        ],
      },
    ])("$name", ({ next, want }) => {
      expect(judge(next)).toEqual(want);
    });
  });

  test("pod-level resources of cpu and memory may change", () => {
    const before = aPod("web", { spec: { resources: { limits: { cpu: "1" } } } });
    const validate = (resources: PodSpec["resources"]) => {
      const next = aPod("web", { spec: { ...(resources && { resources }) } });
      const prepared = subresource?.prepareForUpdate(next, before, someWrite) ?? next;
      return errorTexts(subresource?.validateUpdate(prepared, before));
    };
    expect(validate({ limits: { cpu: "2" } })).toEqual([]);
    expect(validate(undefined)).toContain("spec.resources: Forbidden: pod-level resources cannot be removed");
    expect(validate({ limits: { memory: "1Gi" } })).toEqual([
      "spec.resources.requests: Forbidden: pod-level resource requests cannot be removed",
      "spec.resources.limits: Forbidden: pod-level resource limits cannot be removed",
    ]);
    expect(validate({ limits: { cpu: "1", "hugepages-2Mi": "2Mi" } })).toContain(
      "spec: Forbidden: only cpu and memory resources are mutable at pod-level",
    );
  });

  test("is not for pods whose kubelet cannot do it", () => {
    const containerStatus = {
      name: "app",
      image: "app:1",
      imageID: "",
      ready: true,
      restartCount: 0,
      state: { running: {} },
    };
    const old = { ...previous, status: { ...previous.status, containerStatuses: [containerStatus] } };
    expect(errorTexts(subresource?.validateUpdate(old, old))).toEqual([
      "spec: Forbidden: Pod running on node without support for resize",
    ]);
    const mirror = aPod("web", { annotations: MIRROR });
    expect(errorTexts(subresource?.validateUpdate(mirror, mirror))).toEqual([
      "[]: Forbidden: static pods cannot be resized",
    ]);
    const windows = aPod("web", { spec: { os: { name: "windows" } } });
    expect(errorTexts(subresource?.validateUpdate(windows, windows))).toEqual([
      "[]: Forbidden: windows pods cannot be resized",
    ]);
  });
});

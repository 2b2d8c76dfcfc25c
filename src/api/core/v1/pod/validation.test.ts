import { describe, expect, test } from "bun:test";
import { errorTexts, someWrite } from "#testing/kinds.ts";
import { aPod, type PodOptions } from "#testing/objects.ts";
import type { Container, NodeSelectorTerm, Pod, PodSpec } from "../../../generated/core-v1.ts";
import { pod } from "../pod.ts";

const app = { name: "app", image: "app:1" };
const MIRROR = { "kubernetes.io/config.mirror": "x" };

describe("pod.validate", () => {
  test.each<{ name: string; options: PodOptions; want: string[] }>([
    { name: "a usual pod", options: {}, want: [] },
    {
      name: "what only an update may bring",
      options: {
        spec: {
          ephemeralContainers: [{ name: "debug", image: "busybox" }],
          schedulingGates: [{ name: "a" }],
          nodeName: "node-1",
        },
      },
      want: [
        "spec.ephemeralContainers: Forbidden: cannot be set on create",
        "spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared",
      ],
    },
    {
      name: "an image in spaces",
      options: { spec: { containers: [{ ...app, image: " app:1" }] } },
      want: [
        'spec.containers[0].image: Invalid value: " app:1": must not have leading or trailing whitespace',
      ],
    },
    {
      name: "a token without an account",
      options: {
        spec: {
          volumes: [{ name: "token", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } }],
        },
      },
      want: [
        "spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set",
      ],
    },
    {
      name: "a mirror of nowhere",
      options: { annotations: MIRROR },
      want: [
        'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set',
      ],
    },
    {
      name: "profiles that contradict each other",
      options: {
        annotations: { "seccomp.security.alpha.kubernetes.io/pod": "unconfined" },
        spec: { securityContext: { seccompProfile: { type: "RuntimeDefault" } } },
      },
      want: [
        "spec.securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match",
      ],
    },
    {
      name: "nothing to run",
      options: { spec: { containers: [] } },
      want: ["spec.containers: Required value"],
    },
  ])("$name", ({ options, want }) => {
    expect(errorTexts(pod.validate?.(aPod("web", options)))).toEqual(want);
  });
});

describe("pod.validateUpdate", () => {
  const check = (next: PodOptions, previous: PodOptions = {}) =>
    errorTexts(pod.validateUpdate?.(aPod("web", next), aPod("web", previous)));

  test.each<{ name: string; next: PodOptions; previous?: PodOptions }>([
    { name: "labels", next: { labels: { a: "b" } } },
    {
      name: "an image",
      next: { spec: { containers: [{ ...app, image: "app:2", imagePullPolicy: "IfNotPresent" }] } },
    },
    { name: "a deadline", next: { spec: { activeDeadlineSeconds: 10 } } },
    {
      name: "an earlier deadline",
      next: { spec: { activeDeadlineSeconds: 10 } },
      previous: { spec: { activeDeadlineSeconds: 20 } },
    },
    {
      name: "one more toleration, and another time",
      next: {
        spec: {
          tolerations: [
            { key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: 1 },
            { key: "b", operator: "Exists" },
          ],
        },
      },
      previous: { spec: { tolerations: [{ key: "a", operator: "Exists", effect: "NoExecute" }] } },
    },
    {
      name: "one gate less",
      next: { spec: { schedulingGates: [{ name: "b" }] } },
      previous: { spec: { schedulingGates: [{ name: "a" }, { name: "b" }] } },
    },
  ])("allows $name", ({ next, previous }) => {
    expect(check(next, previous)).toEqual([]);
  });

  test.each<{ name: string; next: PodOptions; previous?: PodOptions; want: string[] }>([
    {
      name: "another container",
      next: { spec: { containers: [app, { ...app, name: "b" }] } },
      want: ["spec.containers: Forbidden: pod updates may not add or remove containers"],
    },
    {
      name: "a later deadline",
      next: { spec: { activeDeadlineSeconds: 20 } },
      previous: { spec: { activeDeadlineSeconds: 10 } },
      want: ["spec.activeDeadlineSeconds: Invalid value: 20: must be less than or equal to previous value"],
    },
    {
      name: "no deadline any more",
      next: {},
      previous: { spec: { activeDeadlineSeconds: 10 } },
      want: [
        "spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value",
      ],
    },
    {
      name: "a toleration less",
      next: {},
      previous: { spec: { tolerations: [{ key: "a", operator: "Exists" }] } },
      want: [
        "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds",
      ],
    },
    {
      name: "a new gate",
      next: { spec: { schedulingGates: [{ name: "a" }, { name: "b" }] } },
      previous: { spec: { schedulingGates: [{ name: "a" }] } },
      want: [
        "spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling gate 'b'",
      ],
    },
    {
      name: "annotations of others",
      next: { annotations: { "container.apparmor.security.beta.kubernetes.io/app": "unconfined" } },
      previous: { annotations: MIRROR, spec: {} },
      want: [
        "metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not remove or update mirror pod annotation",
        "metadata.annotations[container.apparmor.security.beta.kubernetes.io/app]: Forbidden: may not add AppArmor annotations",
      ],
    },
  ])("refuses $name", ({ next, previous, want }) => {
    expect(check(next, previous)).toEqual(want);
  });

  test("shows what else has changed", () => {
    const [error = ""] = check({ spec: { hostname: "b" } }, { spec: { hostname: "a" } });
    expect(error).toStartWith(
      "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n@@",
    );
    expect(error).toContain('- "hostname": "a",\n+ "hostname": "b",');
  });
});

describe("the placement of a gated pod", () => {
  const gated = (spec: Partial<PodSpec>): Pod =>
    aPod("web", { spec: { schedulingGates: [{ name: "a" }], ...spec } });
  const terms = (...nodeSelectorTerms: NodeSelectorTerm[]): Partial<PodSpec> => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  });
  const has = (key: string) => ({ key, operator: "Exists" as const });
  const PATH = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";

  test.each<{ name: string; next: Partial<PodSpec>; previous: Partial<PodSpec>; want: string[] }>([
    { name: "a first node selector", next: { nodeSelector: { a: "b" } }, previous: {}, want: [] },
    {
      name: "another node selector",
      next: { nodeSelector: { a: "c" } },
      previous: { nodeSelector: { a: "b" } },
      want: [
        'spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
      ],
    },
    { name: "a first node affinity", next: terms({ matchExpressions: [has("a")] }), previous: {}, want: [] },
    {
      name: "one more requirement",
      next: terms({ matchExpressions: [has("a"), has("b")] }),
      previous: terms({ matchExpressions: [has("a")] }),
      want: [],
    },
    {
      name: "another requirement",
      next: terms({ matchExpressions: [has("b")] }),
      previous: terms({ matchExpressions: [has("a")] }),
      want: [
        `${PATH}[0]: Invalid value: {"MatchExpressions":[{"Key":"b","Operator":"Exists","Values":null}],"MatchFields":null}: only additions are allowed (no mutations or deletions)`,
      ],
    },
    {
      name: "no requirement any more",
      next: {},
      previous: terms({ matchExpressions: [has("a")] }),
      want: [
        `${PATH}: Invalid value: null: no additions/deletions to non-empty NodeSelectorTerms list are allowed`,
      ],
    },
  ])("$name", ({ next, previous, want }) => {
    expect(errorTexts(pod.validateUpdate?.(gated(next), gated(previous)))).toEqual(want);
  });

  test("is fixed without gates", () => {
    const [error] = errorTexts(
      pod.validateUpdate?.(aPod("web", { spec: { nodeSelector: { a: "b" } } }), aPod("web")),
    );
    expect(error).toStartWith("spec: Forbidden: pod updates may not change fields other than");
  });
});

describe("pods/ephemeralcontainers", () => {
  const subresource = pod.updateSubresources?.["ephemeralcontainers"];
  const debug = { name: "debug", image: "busybox:1" };
  const previous = aPod("web", { labels: { a: "b" }, spec: { ephemeralContainers: [debug] } });

  test("changes nothing else", () => {
    const next = aPod("web", { labels: {}, spec: { ephemeralContainers: [debug], hostname: "x" } });
    const updated = subresource?.prepareForUpdate(next, previous, someWrite);
    expect(updated).toEqual(previous);
  });

  test("adds and never takes away", () => {
    const check = (names: readonly string[], image = debug.image) => {
      const containers = names.map((name) => ({ name, image }));
      const next = aPod("web", { labels: { a: "b" }, spec: { ephemeralContainers: containers } });
      return errorTexts(subresource?.validateUpdate(next, previous));
    };
    expect(check(["more", "debug"])).toEqual([]);
    expect(check(["more"])).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed\n',
    ]);
    expect(check(["debug"], "busybox:2")[0]).toStartWith(
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be changed\n',
    );
  });

  test("is not for static pods", () => {
    const mirror = aPod("web", { annotations: MIRROR });
    expect(errorTexts(subresource?.validateUpdate(mirror, mirror))).toEqual([
      "[]: Forbidden: static pods do not support ephemeral containers",
    ]);
  });
});

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

import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { aPod, type PodOptions } from "#testing/objects.ts";
import type { Container, PodSpec, Toleration } from "../../../generated/core-v1.ts";
import { pod } from "../pod.ts";

const app: Container = { name: "app", image: "app:1" };
const MIRROR = "kubernetes.io/config.mirror";
const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/app";
const DEADLINE = "spec.activeDeadlineSeconds";
const ADD_OR_REMOVE = "Forbidden: pod updates may not add or remove containers";
const TOLERATIONS =
  "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds";

interface UpdateCase {
  readonly name: string;
  readonly next: PodOptions;
  readonly previous?: PodOptions;
}

const withImages = (image: string, init: string): PodOptions => ({
  spec: {
    containers: [{ ...app, image, imagePullPolicy: "Always" }],
    initContainers: [{ ...app, name: "init", image: init, imagePullPolicy: "Always" }],
  },
});
const withDeadline = (activeDeadlineSeconds: number): PodOptions => ({ spec: { activeDeadlineSeconds } });
const withTolerations = (...tolerations: Toleration[]): PodOptions => ({ spec: { tolerations } });
const withGates = (...names: string[]): PodOptions => ({
  spec: { schedulingGates: names.map((name) => ({ name })) },
});

describe("pod.validateUpdate", () => {
  const check = (next: PodOptions, previous: PodOptions = {}) =>
    errorTexts(pod.validateUpdate?.(aPod("web", next), aPod("web", previous)));

  const lasting: Toleration = { key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: 10 };

  test.each<UpdateCase>([
    { name: "nothing", next: {} },
    { name: "labels and annotations", next: { labels: { a: "b" }, annotations: { c: "d" } } },
    { name: "other labels", next: { labels: { a: "c" } }, previous: { labels: { a: "b", d: "e" } } },
    { name: "images", next: withImages("app:2", "init:2"), previous: withImages("app:1", "init:1") },
    { name: "a deadline", next: withDeadline(10) },
    { name: "an earlier deadline", next: withDeadline(10), previous: withDeadline(20) },
    {
      name: "one more toleration, and another time",
      next: withTolerations({ ...lasting, tolerationSeconds: 20 }, { key: "b", operator: "Exists" }),
      previous: withTolerations(lasting),
    },
    {
      name: "tolerations in another order",
      next: withTolerations({ key: "b", operator: "Exists" }, lasting),
      previous: withTolerations(lasting, { key: "b", operator: "Exists" }),
    },
    { name: "one gate less", next: withGates("b"), previous: withGates("a", "b") },
    { name: "no gates any more", next: {}, previous: withGates("a") },
    { name: "gates in another order", next: withGates("b", "a"), previous: withGates("a", "b") },
    {
      name: "an annotation of the runtime that stays",
      next: { annotations: { [APP_ARMOR]: "unconfined", a: "b" } },
      previous: { annotations: { [APP_ARMOR]: "unconfined" } },
    },
  ])("allows $name", ({ next, previous }) => {
    expect(check(next, previous)).toEqual([]);
  });

  test.each<UpdateCase & { readonly want: string[] }>([
    {
      name: "another container",
      next: { spec: { containers: [app, { ...app, name: "b" }] } },
      want: [`spec.containers: ${ADD_OR_REMOVE}`],
    },
    {
      name: "another init container",
      next: { spec: { initContainers: [{ ...app, name: "init" }] } },
      want: [`spec.initContainers: ${ADD_OR_REMOVE}`],
    },
    {
      name: "no image",
      next: withImages("", " init:2"),
      previous: withImages("app:1", "init:1"),
      want: [
        "spec.containers[0].image: Required value",
        'spec.initContainers[0].image: Invalid value: " init:2": must not have leading or trailing whitespace',
      ],
    },
    {
      name: "a later deadline",
      next: withDeadline(20),
      previous: withDeadline(10),
      want: [`${DEADLINE}: Invalid value: 20: must be less than or equal to previous value`],
    },
    {
      name: "no deadline any more",
      next: {},
      previous: withDeadline(10),
      want: [`${DEADLINE}: Invalid value: null: must not update from a positive integer to nil value`],
    },
    {
      name: "a deadline in the past",
      next: withDeadline(-1),
      previous: withDeadline(10),
      want: [
        `${DEADLINE}: Invalid value: -1: must be between 1 and 2147483647, inclusive`,
        `${DEADLINE}: Invalid value: -1: must be between 0 and 2147483647, inclusive`,
      ],
    },
    { name: "a toleration less", next: {}, previous: withTolerations(lasting), want: [TOLERATIONS] },
    {
      name: "another toleration",
      next: withTolerations({ ...lasting, key: "b" }),
      previous: withTolerations(lasting),
      want: [TOLERATIONS],
    },
    {
      name: "new gates",
      next: withGates("a", "b", "c"),
      previous: withGates("a"),
      want: ["b", "c"].map(
        (name, index) =>
          `spec.schedulingGates[${String(index + 1)}].name: Forbidden: only deletion is allowed, but found new scheduling gate '${name}'`,
      ),
    },
    {
      name: "a first gate",
      next: withGates("a"),
      want: [
        "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a'",
      ],
    },
    {
      name: "annotations of others",
      next: { annotations: { [APP_ARMOR]: "unconfined" } },
      previous: { annotations: { [MIRROR]: "x" } },
      want: [
        `metadata.annotations[${MIRROR}]: Forbidden: may not remove or update mirror pod annotation`,
        `metadata.annotations[${APP_ARMOR}]: Forbidden: may not add AppArmor annotations`,
      ],
    },
    {
      name: "a new mirror, and another profile",
      next: { annotations: { [MIRROR]: "x", [APP_ARMOR]: "unconfined" }, spec: { nodeName: "n" } },
      previous: { annotations: { [APP_ARMOR]: "runtime/default" }, spec: { nodeName: "n" } },
      want: [
        `metadata.annotations[${APP_ARMOR}]: Forbidden: may not remove or update AppArmor annotations`,
        `metadata.annotations[${MIRROR}]: Forbidden: may not add mirror pod annotation`,
      ],
    },
  ])("refuses $name", ({ next, previous, want }) => {
    expect(check(next, previous)).toEqual(want);
  });

  const sized = (cpu: string): Partial<PodSpec> => ({
    containers: [{ ...app, resources: { limits: { cpu } } }],
  });

  test.each<{ name: string; next: Partial<PodSpec>; previous?: Partial<PodSpec> }>([
    { name: "host name", next: { hostname: "b" }, previous: { hostname: "a" } },
    { name: "node", next: { nodeName: "node-2" }, previous: { nodeName: "node-1" } },
    { name: "node, by hand", next: { nodeName: "node-1" } },
    { name: "resources", next: sized("2"), previous: sized("1") },
    { name: "pod-level resources", next: { resources: { limits: { cpu: "1" } } } },
    { name: "command", next: { containers: [{ ...app, command: ["sh"] }] } },
    { name: "name of a container", next: { containers: [{ ...app, name: "b" }] } },
    { name: "volumes", next: { volumes: [{ name: "a", emptyDir: {} }] } },
    { name: "ephemeral containers", next: { ephemeralContainers: [{ ...app, name: "debug" }] } },
    { name: "grace period", next: { terminationGracePeriodSeconds: 1 } },
    { name: "node selector", next: { nodeSelector: { a: "b" } } },
    { name: "restart policy", next: { restartPolicy: "Never" } },
    { name: "gates of readiness", next: { readinessGates: [{ conditionType: "a" }] } },
    { name: "priority", next: { priority: 1 } },
    { name: "host's network", next: { hostNetwork: true } },
  ])("keeps the $name as it was", ({ next, previous = {} }) => {
    const [error = "", ...others] = check({ spec: next }, { spec: previous });
    expect(error).toStartWith("spec: Forbidden: pod updates may not change fields other than");
    expect(others).toEqual([]);
  });

  test("shows what else has changed", () => {
    const [error = ""] = check({ spec: { hostname: "b" } }, { spec: { hostname: "a" } });
    expect(error).toStartWith(
      "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n@@",
    );
    expect(error).toContain('- "hostname": "a",\n+ "hostname": "b",');
  });
});

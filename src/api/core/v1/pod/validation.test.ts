import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { aPod, type PodOptions } from "#testing/objects.ts";
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

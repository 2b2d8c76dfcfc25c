import { describe, expect, test } from "bun:test";
import { aPod } from "#testing/objects.ts";
import type { AppArmorProfile, Container, PodSpec } from "../../../generated/core-v1.ts";
import { appArmorWarnings } from "./profile-warnings.ts";
import { podTemplateWarnings, podWarnings } from "./warnings.ts";

const APP = "container.apparmor.security.beta.kubernetes.io/app";
const USE_FIELD = 'deprecated since v1.30; use the "appArmorProfile" field instead';

const ofPod = (appArmorProfile: AppArmorProfile): Partial<PodSpec> => ({
  securityContext: { appArmorProfile },
});
const ofContainer = (appArmorProfile: AppArmorProfile): Partial<PodSpec> => ({
  containers: [{ name: "app", image: "app:1", securityContext: { appArmorProfile } }],
});

interface ProfileCase {
  readonly name: string;
  readonly annotation: string;
  readonly spec?: Partial<PodSpec>;
  readonly isWarned: boolean;
}

describe("the AppArmor annotation", () => {
  test.each<ProfileCase>([
    { name: "that becomes the field", annotation: "unconfined", isWarned: true },
    { name: "that says nothing", annotation: "", isWarned: true },
    {
      name: "that says nothing beside the field",
      annotation: "localhost/",
      spec: ofContainer({ type: "Unconfined" }),
      isWarned: false,
    },
    {
      name: "that says what the field says",
      annotation: "runtime/default",
      spec: ofContainer({ type: "RuntimeDefault" }),
      isWarned: false,
    },
    {
      name: "that says what the pod says",
      annotation: "runtime/default",
      spec: ofPod({ type: "RuntimeDefault" }),
      isWarned: false,
    },
    {
      name: "that says something else than the pod",
      annotation: "localhost/a",
      spec: ofPod({ type: "RuntimeDefault" }),
      isWarned: true,
    },
    { name: "on Windows", annotation: "unconfined", spec: { os: { name: "windows" } }, isWarned: false },
  ])("of a new pod $name", ({ annotation, spec = {}, isWarned }) => {
    const warnings = appArmorWarnings(aPod("web", { annotations: { [APP]: annotation }, spec }));
    expect(warnings).toEqual(isWarned ? [`metadata.annotations[${APP}]: ${USE_FIELD}`] : []);
  });

  test.each<ProfileCase>([
    { name: "alone", annotation: "unconfined", isWarned: true },
    {
      name: "that says what the pod says",
      annotation: "unconfined",
      spec: ofPod({ type: "Unconfined" }),
      isWarned: false,
    },
    {
      name: "beside a field",
      annotation: "",
      spec: ofContainer({ type: "Unconfined" }),
      isWarned: false,
    },
  ])("of a template $name", ({ annotation, spec = {}, isWarned }) => {
    const containers = [{ name: "app", image: "app:1" }];
    const template = { metadata: { annotations: { [APP]: annotation } }, spec: { containers, ...spec } };
    expect(podTemplateWarnings(template, "template")).toEqual(
      isWarned ? [`template.metadata.annotations[${APP}]: ${USE_FIELD}`] : [],
    );
  });
});

test("a container's annotations come before its amounts and those of the next", () => {
  const container = (name: string): Container => ({
    name,
    image: "app:1",
    resources: { requests: { memory: "100m" } },
  });
  const key = (name: string) => `container.seccomp.security.alpha.kubernetes.io/${name}`;
  const pod = aPod("web", {
    annotations: { [key("a")]: "unconfined", [key("b")]: "unconfined" },
    spec: { containers: [container("a"), container("b")] },
  });
  const about = (name: string, index: number) => [
    `metadata.annotations[${key(name)}]: non-functional in v1.27+; use the "seccompProfile" field instead`,
    `spec.containers[${String(index)}].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer`,
  ];
  expect(podWarnings(pod)).toEqual([...about("a", 0), ...about("b", 1)]);
});

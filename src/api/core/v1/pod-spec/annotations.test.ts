import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import type { Container, PodSpec } from "../../../generated/core-v1.ts";
import {
  dropInitContainerAnnotations,
  validatePodAnnotations,
  validateProfilesAgree,
} from "./annotations.ts";

const app: Container = { name: "app", image: "app:1" };
const debug = { name: "debug", image: "busybox:1" };

const MIRROR = "kubernetes.io/config.mirror";
const COST = "controller.kubernetes.io/pod-deletion-cost";
const TOLERATIONS = "scheduler.alpha.kubernetes.io/tolerations";
const SECCOMP = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_APP = "container.seccomp.security.alpha.kubernetes.io/app";
const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";

interface AnnotationCase {
  readonly name: string;
  readonly annotations: Record<string, string>;
  readonly spec?: Partial<PodSpec>;
  readonly want: readonly string[];
}

describe("validatePodAnnotations", () => {
  test.each<AnnotationCase>([
    { name: "those of others", annotations: { "example.com/a": "b" }, want: [] },
    { name: "a mirror on its node", annotations: { [MIRROR]: "x" }, spec: { nodeName: "node-1" }, want: [] },
    {
      name: "a mirror of nowhere",
      annotations: { [MIRROR]: "" },
      want: [
        `metadata.annotations[${MIRROR}]: Invalid value: "": must set spec.nodeName if mirror pod annotation is set`,
      ],
    },
    ...["0", "-100", "100", "2147483647", "-2147483648"].map((cost) => ({
      name: `a cost of ${cost}`,
      annotations: { [COST]: cost },
      want: [],
    })),
    ...["", "+1", "01", "1.5", "2147483648", "text"].map((cost) => ({
      name: `a cost of "${cost}"`,
      annotations: { [COST]: cost },
      want: [`metadata.annotations[${COST}]: Invalid value: "${cost}": must be a 32bit integer`],
    })),
    {
      name: "tolerations, whose fields have any case",
      annotations: {
        [TOLERATIONS]:
          '[{"key":"a","operator":"Exists","effect":"NoExecute","tolerationSeconds":60},{"Key":"b","VALUE":"c"}]',
      },
      want: [],
    },
    { name: "no tolerations", annotations: { [TOLERATIONS]: "null" }, want: [] },
    {
      name: "bad tolerations",
      annotations: { [TOLERATIONS]: '[{"value":"a"},{"key":"a b","operator":"Exists","value":"c"}]' },
      want: [
        `metadata.annotations.${TOLERATIONS}[0].operator: Invalid value: "": operator must be Exists when \`key\` is empty, which means "match all values and all keys"`,
        expect.stringContaining(
          `${TOLERATIONS}[1].key: Invalid value: "a b": name part`,
        ) as unknown as string,
        `metadata.annotations.${TOLERATIONS}[1].operator: Invalid value: "c": value must be empty when \`operator\` is 'Exists'`,
      ],
    },
    {
      name: "tolerations that are none",
      annotations: { [TOLERATIONS]: "a" },
      want: [
        `metadata.annotations: Invalid value: "${TOLERATIONS}": invalid character 'a' looking for beginning of value`,
      ],
    },
    {
      name: "tolerations of another type",
      annotations: { [TOLERATIONS]: '{"key":"a"}' },
      want: [
        `metadata.annotations: Invalid value: "${TOLERATIONS}": json: cannot unmarshal object into Go value of type []core.Toleration`,
      ],
    },
    {
      name: "a field of another type",
      annotations: { [TOLERATIONS]: '[{"key":1}]' },
      want: [
        `metadata.annotations: Invalid value: "${TOLERATIONS}": json: cannot unmarshal number into Go struct field Toleration.Key of type string`,
      ],
    },
    {
      name: "seccomp profiles",
      annotations: { [SECCOMP]: "docker/default", [SECCOMP_APP]: "localhost/a/b" },
      want: [],
    },
    {
      name: "bad seccomp profiles, the pod's first",
      annotations: { [SECCOMP_APP]: "localhost/../a", [SECCOMP]: "none" },
      want: [
        `metadata.annotations.${SECCOMP}: Invalid value: "none": must be a valid seccomp profile`,
        `metadata.annotations.${SECCOMP_APP}: Invalid value: "../a": must not contain '..'`,
      ],
    },
    {
      name: "AppArmor profiles of all containers",
      annotations: {
        [`${APP_ARMOR}app`]: "runtime/default",
        [`${APP_ARMOR}init`]: "localhost/a",
        [`${APP_ARMOR}debug`]: "unconfined",
      },
      spec: { initContainers: [{ ...app, name: "init" }], ephemeralContainers: [debug] },
      want: [],
    },
    {
      name: "a bad AppArmor profile of nobody",
      annotations: { [`${APP_ARMOR}db`]: "strict" },
      want: [
        `metadata.annotations[${APP_ARMOR}db]: Invalid value: "db": container not found`,
        `metadata.annotations[${APP_ARMOR}db]: Invalid value: "strict": invalid AppArmor profile name: "strict"`,
      ],
    },
  ])("judges $name", ({ annotations, spec, want }) => {
    const errors = validatePodAnnotations(
      annotations,
      { containers: [app], ...spec },
      "metadata.annotations",
    );
    expect(errorTexts(errors)).toEqual([...want]);
  });
});

describe("validateProfilesAgree", () => {
  const seccomp = (type: "Localhost" | "RuntimeDefault" | "Unconfined", localhostProfile?: string) => ({
    seccompProfile: { type, ...(localhostProfile !== undefined && { localhostProfile }) },
  });
  const TYPE = "seccomp type in annotation and field must match";

  test.each<AnnotationCase>([
    {
      name: "the same of the pod",
      annotations: { [SECCOMP]: "docker/default" },
      spec: { securityContext: seccomp("RuntimeDefault") },
      want: [],
    },
    {
      name: "an annotation alone, and a field alone",
      annotations: { [SECCOMP]: "unconfined" },
      spec: { containers: [{ ...app, securityContext: seccomp("RuntimeDefault") }] },
      want: [],
    },
    {
      name: "another type",
      annotations: { [SECCOMP]: "unconfined" },
      spec: { securityContext: seccomp("RuntimeDefault") },
      want: [`spec.securityContext.seccompProfile.type: Forbidden: ${TYPE}`],
    },
    {
      name: "another file of a container",
      annotations: { [SECCOMP_APP]: "localhost/a" },
      spec: { containers: [{ ...app, securityContext: seccomp("Localhost", "b") }] },
      want: [
        "spec.containers[0].securityContext.seccompProfile.localhostProfile: Forbidden: seccomp profile in annotation and field must match",
      ],
    },
    {
      name: "another AppArmor profile than that of the pod",
      annotations: { [`${APP_ARMOR}app`]: "localhost/a" },
      spec: { securityContext: { appArmorProfile: { type: "Unconfined" } } },
      want: [
        "spec.containers[0].securityContext.appArmorProfile.type: Forbidden: apparmor type in annotation and field must match",
      ],
    },
    {
      name: "any AppArmor profile on Windows",
      annotations: { [`${APP_ARMOR}app`]: "localhost/a" },
      spec: { os: { name: "windows" }, securityContext: { appArmorProfile: { type: "Unconfined" } } },
      want: [],
    },
  ])("judges $name", ({ annotations, spec, want }) => {
    expect(errorTexts(validateProfilesAgree(annotations, { containers: [app], ...spec }, "spec"))).toEqual([
      ...want,
    ]);
  });
});

test("annotations about init containers are dropped", () => {
  const kept = { a: "b" };
  expect(dropInitContainerAnnotations(kept)).toBe(kept);
  const old = {
    "pod.alpha.kubernetes.io/init-containers": "[]",
    "pod.beta.kubernetes.io/init-container-statuses": "[]",
  };
  expect(dropInitContainerAnnotations({ ...old, ...kept })).toEqual(kept);
});

import { describe, expect, test } from "bun:test";
import type { PodSpec } from "#api/generated/core-v1.ts";
import type { PodLike } from "./check.ts";
import { CHECKS, describeViolations, violationsOf } from "./pod-security-standards.ts";

type Context = NonNullable<PodSpec["containers"][number]["securityContext"]>;

const container = (name: string, securityContext?: Context): PodSpec["containers"][number] =>
  ({ name, ...(securityContext && { securityContext }) }) as PodSpec["containers"][number];

const pod = (spec: Partial<PodSpec>, annotations: Record<string, string> = {}): PodLike => ({
  metadata: { annotations },
  spec: { containers: [], ...spec } as PodSpec,
});

/** What one check, in the shape that it has at a minor version, finds wrong. */
function outcomeOf(id: string, minor: number, subject: PodLike): string {
  const check = CHECKS.find((each) => each.id === id)?.versions.findLast(({ since }) => since <= minor);
  if (check === undefined) return "not made";
  return describeViolations([check.check(subject) ?? []].flat());
}

const APPARMOR = "container.apparmor.security.beta.kubernetes.io/";
const SECCOMP = "seccomp.security.alpha.kubernetes.io/";
const unconfined = { type: "Unconfined" } as const;
const confined = { type: "RuntimeDefault" } as const;
const http = (host?: string) => ({ httpGet: { port: 80, ...(host !== undefined && { host }) } });
const port = (hostPort: number) => ({ containerPort: 80, hostPort });

const cases: readonly [id: string, minor: number, subject: PodLike, violation: string][] = [
  [
    "allowPrivilegeEscalation",
    24,
    pod({
      containers: [
        container("a"),
        container("b", { allowPrivilegeEscalation: true }),
        container("c", { allowPrivilegeEscalation: false }),
      ],
    }),
    'allowPrivilegeEscalation != false (containers "a", "b" must set securityContext.allowPrivilegeEscalation=false)',
  ],
  ["allowPrivilegeEscalation", 7, pod({ containers: [container("a")] }), "not made"],
  ["allowPrivilegeEscalation", 25, pod({ os: { name: "windows" }, containers: [container("a")] }), ""],
  [
    "allowPrivilegeEscalation",
    24,
    pod({ os: { name: "windows" }, containers: [container("a")] }),
    'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false)',
  ],
  [
    "appArmorProfile",
    0,
    pod({ securityContext: { appArmorProfile: unconfined } }),
    'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
  ],
  [
    "appArmorProfile",
    0,
    pod({
      securityContext: { appArmorProfile: confined },
      containers: [container("foo")],
      initContainers: [container("bar", { appArmorProfile: unconfined })],
    }),
    'forbidden AppArmor profile (container "bar" must not set AppArmor profile type to "Unconfined")',
  ],
  [
    "appArmorProfile",
    0,
    pod(
      {},
      {
        [`${APPARMOR}a`]: "",
        [`${APPARMOR}b`]: "runtime/default",
        [`${APPARMOR}c`]: "localhost/foo",
        [`${APPARMOR}f`]: "unknown",
        [`${APPARMOR}e`]: "unconfined",
      },
    ),
    `forbidden AppArmor profiles (annotations must not set AppArmor profile type to "${APPARMOR}e="unconfined"", "${APPARMOR}f="unknown"")`,
  ],
  [
    "capabilities_baseline",
    0,
    pod({
      containers: [
        container("a", { capabilities: { add: ["FOO", "BAR"] } }),
        container("b", { capabilities: { add: ["BAR", "BAZ"] } }),
        container("c", { capabilities: { add: ["NET_BIND_SERVICE", "CHOWN"] } }),
      ],
    }),
    'non-default capabilities (containers "a", "b" must not include "BAR", "BAZ", "FOO" in securityContext.capabilities.add)',
  ],
  [
    "capabilities_restricted",
    22,
    pod({
      containers: [
        container("a", { capabilities: { add: ["FOO", "BAR"] } }),
        container("b", { capabilities: { add: ["BAR", "BAZ"] } }),
        container("c", {
          capabilities: { add: ["NET_BIND_SERVICE", "CHOWN"], drop: ["ALL", "FOO"] },
        }),
      ],
    }),
    'unrestricted capabilities (containers "a", "b" must set securityContext.capabilities.drop=["ALL"]; containers "a", "b", "c" must not include "BAR", "BAZ", "CHOWN", "FOO" in securityContext.capabilities.add)',
  ],
  ["capabilities_restricted", 25, pod({ os: { name: "windows" }, containers: [container("a")] }), ""],
  [
    "hostNamespaces",
    0,
    pod({ hostNetwork: true, hostPID: true, hostIPC: true }),
    "host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)",
  ],
  [
    "hostPathVolumes",
    0,
    pod({
      volumes: [
        { name: "a", hostPath: { path: "/" } },
        { name: "b", emptyDir: {} },
        { name: "c", hostPath: { path: "/" } },
      ],
    }),
    'hostPath volumes (volumes "a", "c")',
  ],
  [
    "hostPorts",
    0,
    pod({
      containers: [
        { ...container("a"), ports: [port(0)] },
        { ...container("b"), ports: [port(0), port(10), port(20)] },
        { ...container("c"), ports: [port(10), port(30)] },
      ],
    }),
    'hostPort (containers "b", "c" use hostPorts 10, 20, 30)',
  ],
  [
    "hostPorts",
    0,
    pod({ containers: [{ ...container("b"), ports: [port(0), port(20)] }] }),
    'hostPort (container "b" uses hostPort 20)',
  ],
  [
    "hostProbesAndHostLifecycle",
    34,
    pod({
      containers: [
        { ...container("z"), livenessProbe: http("a.com") },
        { ...container("ok"), livenessProbe: http(), lifecycle: { preStop: http("") } },
        { ...container("b"), startupProbe: http("a.com"), lifecycle: { preStop: http("b.com") } },
      ],
    }),
    'probe or lifecycle host (containers "b", "z" use probe or lifecycle hosts "a.com", "b.com")',
  ],
  [
    "hostProbesAndHostLifecycle",
    33,
    pod({ containers: [{ ...container("a"), livenessProbe: http("a.com") }] }),
    "not made",
  ],
  [
    "privileged",
    0,
    pod({ containers: [container("a", { privileged: true }), container("b", { privileged: false })] }),
    'privileged (container "a" must not set securityContext.privileged=true)',
  ],
  [
    "procMount",
    0,
    pod({
      hostUsers: false,
      containers: [container("a", { procMount: "Unmasked" }), container("b", { procMount: "Default" })],
    }),
    'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
  ],
  ["procMount", 35, pod({ hostUsers: false, containers: [container("a", { procMount: "Unmasked" })] }), ""],
  [
    "procMount_restricted",
    35,
    pod({ hostUsers: false, containers: [container("a", { procMount: "Unmasked" })] }),
    'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
  ],
  [
    "restrictedVolumes",
    0,
    pod({
      volumes: [
        { name: "a", hostPath: { path: "/" } },
        { name: "b", emptyDir: {} },
        { name: "c", nfs: { path: "/", server: "s" } },
        { name: "d", image: {} },
      ],
    }),
    'restricted volume types (volumes "a", "c" use restricted volume types "hostPath", "nfs")',
  ],
  [
    "restrictedVolumes",
    0,
    pod({ volumes: [{ name: "a", nfs: { path: "/", server: "s" } }] }),
    'restricted volume types (volume "a" uses restricted volume type "nfs")',
  ],
  [
    "runAsNonRoot",
    0,
    pod({
      containers: [container("a"), container("b", {}), container("d", { runAsNonRoot: true })],
    }),
    'runAsNonRoot != true (pod or containers "a", "b" must set securityContext.runAsNonRoot=true)',
  ],
  [
    "runAsNonRoot",
    0,
    pod({
      securityContext: { runAsNonRoot: false },
      containers: [container("a"), container("c", { runAsNonRoot: false })],
    }),
    'runAsNonRoot != true (pod and container "c" must not set securityContext.runAsNonRoot=false)',
  ],
  ["runAsNonRoot", 35, pod({ hostUsers: false, containers: [container("a")] }), ""],
  [
    "runAsUser",
    23,
    pod({ securityContext: { runAsUser: 0 }, containers: [container("a", { runAsUser: 0 })] }),
    'runAsUser=0 (pod and container "a" must not set runAsUser=0)',
  ],
  ["runAsUser", 23, pod({ containers: [container("a", { runAsUser: 1 }), container("b")] }), ""],
  [
    "seLinuxOptions",
    30,
    pod({
      securityContext: { seLinuxOptions: { type: "foo", user: "bar", role: "baz" } },
      containers: [
        container("a", { seLinuxOptions: { type: "container_t" } }),
        container("d", { seLinuxOptions: { type: "container_engine_t" } }),
        container("g", { seLinuxOptions: { role: "baz" } }),
      ],
    }),
    'seLinuxOptions (pod and containers "d", "g" set forbidden securityContext.seLinuxOptions: types "container_engine_t", "foo"; user may not be set; role may not be set)',
  ],
  [
    "seLinuxOptions",
    31,
    pod({ containers: [container("d", { seLinuxOptions: { type: "container_engine_t" } })] }),
    "",
  ],
  [
    "seccompProfile_baseline",
    18,
    pod(
      { containers: [container("a"), container("b")] },
      {
        [`${SECCOMP}pod`]: "unconfined",
        [`container.${SECCOMP}a`]: "docker/default",
        [`container.${SECCOMP}b`]: "x",
        [`container.${SECCOMP}other`]: "x",
      },
    ),
    `seccompProfile (forbidden annotations container.${SECCOMP}b="x", ${SECCOMP}pod="unconfined")`,
  ],
  [
    "seccompProfile_baseline",
    19,
    pod({
      securityContext: { seccompProfile: unconfined },
      containers: [
        container("a", { seccompProfile: unconfined }),
        container("b", { seccompProfile: confined }),
      ],
    }),
    'seccompProfile (pod and container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  [
    "seccompProfile_restricted",
    19,
    pod({ containers: [container("a"), container("b", { seccompProfile: confined })] }),
    'seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  ],
  [
    "seccompProfile_restricted",
    19,
    pod({ securityContext: { seccompProfile: confined }, containers: [container("a")] }),
    "",
  ],
  [
    "sysctls",
    31,
    pod({
      securityContext: {
        sysctls: [
          { name: "net.ipv4.tcp_rmem", value: "1" },
          { name: "net.ipv4.tcp_fin_timeout", value: "1" },
          { name: "b", value: "1" },
        ],
      },
    }),
    "forbidden sysctls (net.ipv4.tcp_rmem, b)",
  ],
  [
    "windowsHostProcess",
    0,
    pod({
      securityContext: { windowsOptions: { hostProcess: true } },
      containers: [container("a", { windowsOptions: { hostProcess: true } }), container("b")],
    }),
    'hostProcess (pod and container "a" must not set securityContext.windowsOptions.hostProcess=true)',
  ],
];

test.each(cases)("%s in v1.%i", (id, minor, subject, violation) => {
  expect(outcomeOf(id, minor, subject)).toBe(violation);
});

test("there is a case for every check", () => {
  expect(new Set(cases.map(([id]) => id))).toEqual(new Set(CHECKS.map(({ id }) => id)));
});

describe("violationsOf", () => {
  const hostPath = pod({
    containers: [container("a", { capabilities: { add: ["FOO"] } })],
    volumes: [{ name: "v", hostPath: { path: "/" } }],
    securityContext: { seccompProfile: unconfined },
  });
  const reasonsOf = (level: "privileged" | "baseline" | "restricted", version: number | "latest") =>
    violationsOf(hostPath, { level, version }).map(({ reason }) => reason);

  test("finds nothing wrong with what is privileged", () => {
    expect(reasonsOf("privileged", "latest")).toEqual([]);
  });

  test("names the violations in the order of the checks", () => {
    const expected = ["non-default capabilities", "hostPath volumes", "seccompProfile"];
    expect(reasonsOf("baseline", "latest")).toEqual(expected);
  });

  test("makes stricter checks in the place of those of the baseline", () => {
    expect(reasonsOf("restricted", "latest")).toEqual([
      "allowPrivilegeEscalation != false",
      "unrestricted capabilities",
      "restricted volume types",
      "runAsNonRoot != true",
      "seccompProfile",
    ]);
  });

  test("asks of old versions what they asked", () => {
    expect(reasonsOf("restricted", 7)).toEqual([
      "non-default capabilities",
      "restricted volume types",
      "runAsNonRoot != true",
    ]);
  });

  test("takes versions of the future for the latest", () => {
    expect(reasonsOf("restricted", 99)).toEqual(reasonsOf("restricted", "latest"));
  });
});

test("checks are in the order of their levels and names", () => {
  const keys = CHECKS.map(({ level, id }) => `${level} ${id}`);
  expect(keys).toEqual(keys.toSorted());
});

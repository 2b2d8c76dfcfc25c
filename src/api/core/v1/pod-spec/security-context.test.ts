import { describe, expect, test } from "bun:test";
import { containerErrors } from "#testing/pod-spec.ts";
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
} from "../../../generated/core-v1.ts";

const ID = "must be between 0 and 2147483647, inclusive";
const SYSCTL =
  "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
const PROFILE_TYPES = 'supported values: "Localhost", "RuntimeDefault", "Unconfined"';

const POD = "spec.securityContext";
const CONTAINER = "spec.containers[0].securityContext";

function podErrors(securityContext: PodSecurityContext, spec: Partial<PodSpec> = {}): readonly string[] {
  return containerErrors([{}], { securityContext, ...spec });
}

describe("the security context of a pod", () => {
  test.each<{ name: string; context: PodSecurityContext; spec?: Partial<PodSpec> }>([
    {
      name: "nobody",
      context: { runAsUser: 0, runAsGroup: 2147483647, fsGroup: 1, supplementalGroups: [1] },
    },
    {
      name: "policies",
      context: {
        fsGroupChangePolicy: "OnRootMismatch",
        supplementalGroupsPolicy: "Strict",
        seLinuxChangePolicy: "Recursive",
      },
    },
    {
      name: "sysctls of its own namespaces",
      context: {
        sysctls: [
          { name: "kernel.shmmni", value: "32768" },
          { name: "net/ipv4/ip_local_port_range", value: "0" },
          { name: "a_b.c-d/e", value: "" },
        ],
      },
    },
    {
      name: "sysctls that are not the host's",
      context: { sysctls: [{ name: "kernel.shmmni", value: "1" }] },
      spec: { hostNetwork: true },
    },
  ])("can have $name", ({ context, spec }) => {
    expect(podErrors(context, spec)).toEqual([]);
  });

  test.each<{ name: string; context: PodSecurityContext; spec?: Partial<PodSpec>; want: string[] }>([
    {
      name: "ids out of range",
      context: { fsGroup: 2147483648, runAsUser: -1, runAsGroup: -2, supplementalGroups: [0, -3] },
      want: [
        `${POD}.fsGroup: Invalid value: 2147483648: ${ID}`,
        `${POD}.runAsUser: Invalid value: -1: ${ID}`,
        `${POD}.runAsGroup: Invalid value: -2: ${ID}`,
        `${POD}.supplementalGroups[1]: Invalid value: -3: ${ID}`,
      ],
    },
    {
      name: "two process namespaces",
      context: {},
      spec: { hostPID: true, shareProcessNamespace: true },
      want: [
        `${POD}.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled`,
      ],
    },
    {
      name: "bad sysctls",
      context: {
        sysctls: [
          { name: "", value: "1" },
          { name: "kernel.sem", value: "1" },
          { name: "kernel.sem", value: "2" },
          { name: "i..a", value: "1" },
          { name: `${"a.".repeat(127)}`, value: "1" },
        ],
      },
      want: [
        `${POD}.sysctls[0].name: Required value`,
        `${POD}.sysctls[2].name: Duplicate value: "kernel.sem"`,
        `${POD}.sysctls[3].name: Invalid value: "i..a": ${SYSCTL}`,
        `${POD}.sysctls[4].name: Invalid value: "${"a.".repeat(127)}": ${SYSCTL}`,
      ],
    },
    {
      name: "sysctls of the host",
      context: {
        sysctls: [
          { name: "net.ipv4.tcp_syncookies", value: "1" },
          { name: "fs/mqueue/msg_max", value: "1" },
        ],
      },
      spec: { hostNetwork: true, hostIPC: true },
      want: [
        `${POD}.sysctls[0].name: Invalid value: "net.ipv4.tcp_syncookies": may not be specified when 'hostNetwork' is true`,
        `${POD}.sysctls[1].name: Invalid value: "fs/mqueue/msg_max": may not be specified when 'hostIPC' is true`,
      ],
    },
    {
      name: "unknown policies",
      context: {
        fsGroupChangePolicy: "" as "Always",
        supplementalGroupsPolicy: "Lax" as "Merge",
        seLinuxChangePolicy: "MountOption",
      },
      want: [
        `${POD}.fsGroupChangePolicy: Unsupported value: "": supported values: "Always", "OnRootMismatch"`,
        `${POD}.supplementalGroupsPolicy: Unsupported value: "Lax": supported values: "Merge", "Strict"`,
        `${POD}.seLinuxChangePolicy: Unsupported value: "MountOption": supported values: "Recursive"`,
      ],
    },
    {
      name: "the host's namespaces beside one of users",
      context: {},
      spec: { hostUsers: false, hostNetwork: true, hostPID: true, hostIPC: true },
      want: [
        "spec.hostNetwork: Forbidden: when `hostUsers` is false",
        "spec.HostPID: Forbidden: when `hostUsers` is false",
        "spec.HostIPC: Forbidden: when `hostUsers` is false",
      ],
    },
  ])("cannot have $name", ({ context, spec, want }) => {
    expect(podErrors(context, spec)).toEqual(want);
  });

  test("has no devices in a user namespace", () => {
    const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "c" } }];
    const container = { volumeDevices: [{ name: "v", devicePath: "/dev/x" }] };
    expect(containerErrors([container], { volumes, hostUsers: false })).toEqual([
      "spec.containers[0].volumeDevices: Forbidden: when `hostUsers` is false",
    ]);
  });
});

describe("a seccomp profile", () => {
  test.each<{ profile: SeccompProfile; want: string[] }>([
    { profile: { type: "RuntimeDefault" }, want: [] },
    { profile: { type: "Localhost", localhostProfile: "a/b.json" }, want: [] },
    {
      profile: { type: "" as "Unconfined" },
      want: [".type: Required value: type is required when seccompProfile is set"],
    },
    {
      profile: { type: "Other" as "Unconfined" },
      want: [`.type: Unsupported value: "Other": ${PROFILE_TYPES}`],
    },
    {
      profile: { type: "Localhost" },
      want: [".localhostProfile: Required value: must be set when seccomp type is Localhost"],
    },
    {
      profile: { type: "Localhost", localhostProfile: "/a" },
      want: ['.localhostProfile: Invalid value: "/a": must be a relative path'],
    },
    {
      profile: { type: "Unconfined", localhostProfile: "a" },
      want: [
        '.localhostProfile: Invalid value: {"Type":"Unconfined","LocalhostProfile":"a"}: can only be set when seccomp type is Localhost',
      ],
    },
  ])("$profile", ({ profile, want }) => {
    expect(podErrors({ seccompProfile: profile })).toEqual(
      want.map((error) => `${POD}.seccompProfile${error}`),
    );
    expect(containerErrors([{ securityContext: { seccompProfile: profile } }])).toEqual(
      want.map((error) => `${CONTAINER}.seccompProfile${error}`),
    );
  });
});

describe("an AppArmor profile", () => {
  test.each<{ profile: AppArmorProfile; want: string[] }>([
    { profile: { type: "Unconfined" }, want: [] },
    { profile: { type: "Localhost", localhostProfile: "a".repeat(4095) }, want: [] },
    {
      profile: { type: "" as "Unconfined" },
      want: [".type: Required value: type is required when appArmorProfile is set"],
    },
    {
      profile: { type: "Other" as "Unconfined" },
      want: [`.type: Unsupported value: "Other": ${PROFILE_TYPES}`],
    },
    {
      profile: { type: "Localhost", localhostProfile: "" },
      want: [".localhostProfile: Required value: must be set when AppArmor type is Localhost"],
    },
    {
      profile: { type: "Localhost", localhostProfile: " a" },
      want: ['.localhostProfile: Invalid value: " a": must not be padded with whitespace'],
    },
    {
      profile: { type: "Localhost", localhostProfile: "ä".repeat(2048) },
      want: [".localhostProfile: Too long: may not be more than 4095 bytes"],
    },
    {
      profile: { type: "RuntimeDefault", localhostProfile: "a" },
      want: ['.localhostProfile: Invalid value: "a": can only be set when AppArmor type is Localhost'],
    },
  ])("$profile.type $want", ({ profile, want }) => {
    expect(podErrors({ appArmorProfile: profile })).toEqual(
      want.map((error) => `${POD}.appArmorProfile${error}`),
    );
    expect(containerErrors([{ securityContext: { appArmorProfile: profile } }])).toEqual(
      want.map((error) => `${CONTAINER}.appArmorProfile${error}`),
    );
  });
});

describe("the security context of a container", () => {
  const EMPTY =
    '"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null';
  const REFUSED = "cannot set `allowPrivilegeEscalation` to false and";

  test.each<{ name: string; context: SecurityContext; spec?: Partial<PodSpec>; want: string[] }>([
    {
      name: "everything",
      context: {
        privileged: false,
        allowPrivilegeEscalation: false,
        capabilities: { add: ["NET_ADMIN"], drop: ["ALL"] },
        seLinuxOptions: { level: "s0" },
        procMount: "Default",
        runAsUser: 1,
      },
      want: [],
    },
    {
      name: "ids out of range",
      context: { runAsUser: -1, runAsGroup: 2147483648 },
      want: [`.runAsUser: Invalid value: -1: ${ID}`, `.runAsGroup: Invalid value: 2147483648: ${ID}`],
    },
    {
      name: "no privileges and all",
      context: { privileged: true, allowPrivilegeEscalation: false },
      want: [
        `: Invalid value: {"Capabilities":null,"Privileged":true,${EMPTY}}: ${REFUSED} \`privileged\` to true`,
      ],
    },
    {
      name: "no privileges and those of an administrator",
      context: { capabilities: { add: ["CAP_SYS_ADMIN"] }, allowPrivilegeEscalation: false },
      want: [
        `: Invalid value: {"Capabilities":{"Add":["CAP_SYS_ADMIN"],"Drop":null},"Privileged":null,${EMPTY}}: ${REFUSED} \`capabilities.Add\` CAP_SYS_ADMIN`,
      ],
    },
    {
      name: "all of /proc in a user namespace",
      context: { procMount: "Unmasked" },
      spec: { hostUsers: false },
      want: [],
    },
    {
      name: "all of /proc",
      context: { procMount: "Unmasked" },
      want: ['.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`'],
    },
    {
      name: "some of /proc",
      context: { procMount: "Some" as "Default" },
      want: ['.procMount: Unsupported value: "Some": supported values: "Default", "Unmasked"'],
    },
  ])("$name", ({ context, spec, want }) => {
    expect(containerErrors([{ securityContext: context }], spec)).toEqual(
      want.map((error) => `${CONTAINER}${error}`),
    );
  });
});

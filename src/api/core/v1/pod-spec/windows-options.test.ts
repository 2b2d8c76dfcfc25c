import { describe, expect, test } from "bun:test";
import { containerErrors, namedContainers } from "#testing/pod-spec.ts";
import type { Container, PodSpec, WindowsSecurityContextOptions } from "../../../generated/core-v1.ts";

const FIELDS = "spec.securityContext.windowsOptions";

describe("options for Windows", () => {
  test.each<WindowsSecurityContextOptions>([
    { gmsaCredentialSpecName: "web.example", gmsaCredentialSpec: "s".repeat(64 * 1024) },
    { runAsUserName: "Container User" },
    { runAsUserName: "NT AUTHORITY\\NETWORK SERVICE" },
    { runAsUserName: "sub.example.com\\john" },
    { runAsUserName: "u".repeat(104) },
  ])("can be %#", (windowsOptions) => {
    expect(containerErrors([{}], { securityContext: { windowsOptions } })).toEqual([]);
  });

  const refused = (runAsUserName: string, ...details: string[]) => ({
    options: { runAsUserName },
    want: details.map(
      (detail) =>
        `${FIELDS}.runAsUserName: Invalid value: ${JSON.stringify(runAsUserName)}: runAsUserName${detail}`,
    ),
  });

  test.each<{ options: WindowsSecurityContextOptions; want: string[] }>([
    {
      options: { gmsaCredentialSpecName: "A", gmsaCredentialSpec: "" },
      want: [
        `${FIELDS}.gmsaCredentialSpecName: Invalid value: "A": a lowercase RFC 1123 subdomain`,
        `${FIELDS}.gmsaCredentialSpec: Invalid value: "": gmsaCredentialSpec cannot be an empty string`,
      ],
    },
    {
      options: { gmsaCredentialSpec: `${"s".repeat(64 * 1024 - 1)}ä` },
      want: [`${FIELDS}.gmsaCredentialSpec: Invalid value: "sss`],
    },
    refused("", " cannot be an empty string"),
    refused("a\tb", " cannot contain control characters"),
    refused("a\\b\\c", " cannot contain more than one backslash"),
    refused("a\\", "'s User cannot be empty"),
    refused("\\a", "'s Domain doesn't match the NetBios nor the DNS format"),
    refused(".example\\a", "'s Domain doesn't match the NetBios nor the DNS format"),
    refused(`${"a.".repeat(127)}co\\a`, "'s Domain length must be under 256 characters"),
    refused("u".repeat(105), "'s User length must not be longer than 104 characters"),
    refused(". .", "'s User cannot contain only periods or spaces"),
    refused("a[b]", "'s User cannot contain the following characters: \"/\\:;|=,+*?<>@[]"),
  ])("cannot be $options", ({ options, want }) => {
    const errors = containerErrors([{}], { securityContext: { windowsOptions: options } });
    expect(errors).toHaveLength(want.length);
    for (const [index, text] of want.entries()) expect(errors[index]).toStartWith(text);
  });

  test("a name may have control characters beyond ASCII", () => {
    const windowsOptions = { runAsUserName: "a\u0085b" };
    expect(containerErrors([{}], { securityContext: { windowsOptions } })).toEqual([]);
  });
});

describe("a HostProcess pod", () => {
  const host = (hostProcess: boolean): Partial<Container> => ({
    securityContext: { windowsOptions: { hostProcess } },
  });
  const podOf = (hostProcess: boolean): Partial<PodSpec> => ({
    hostNetwork: true,
    securityContext: { windowsOptions: { hostProcess } },
  });
  const MIXED =
    "If pod contains any hostProcess containers then all containers must be HostProcess containers";
  const path = (list: string, index: number) =>
    `spec.${list}[${String(index)}].securityContext.windowsOptions.hostProcess`;

  test.each<{ name: string; containers: Partial<Container>[]; spec: Partial<PodSpec>; want: string[] }>([
    { name: "by itself", containers: [{}, {}], spec: podOf(true), want: [] },
    { name: "by its containers", containers: [host(true)], spec: { hostNetwork: true }, want: [] },
    { name: "by both", containers: [host(true), {}], spec: podOf(true), want: [] },
    { name: "not at all", containers: [host(false), {}], spec: podOf(false), want: [] },
    {
      name: "in part",
      containers: [host(true), {}],
      spec: { hostNetwork: true, initContainers: namedContainers([{ name: "init", ...host(true) }]) },
      want: [`spec: Invalid value: "": ${MIXED}`],
    },
    {
      name: "against itself",
      containers: [host(false), host(true)],
      spec: podOf(true),
      want: [
        `${path("containers", 0)}: Invalid value: false: pod hostProcess value must be identical if both are specified, was true`,
        `spec: Invalid value: "": ${MIXED}`,
      ],
    },
    {
      name: "on a network of its own",
      containers: [host(true)],
      spec: {},
      want: [
        "spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers",
      ],
    },
  ])("$name", ({ containers, spec, want }) => {
    expect(containerErrors(containers, spec)).toEqual(want);
  });
});

describe("the operating system", () => {
  const windows = (spec: Partial<PodSpec>, containers: Partial<Container>[] = [{}]) =>
    containerErrors(containers, { ...spec, os: { name: "windows" } });
  const all = (path: string, fields: readonly string[]) =>
    fields.map((field) => `${path}.${field}: Forbidden: cannot be set for a windows pod`);

  test("windows has nothing of Linux in its pod", () => {
    const errors = windows({
      hostUsers: true,
      hostPID: true,
      hostIPC: true,
      shareProcessNamespace: false,
      securityContext: {
        appArmorProfile: { type: "Unconfined" },
        seLinuxOptions: {},
        seccompProfile: { type: "Unconfined" },
        fsGroup: 1,
        fsGroupChangePolicy: "Always",
        sysctls: [{ name: "a", value: "b" }],
        runAsUser: 1,
        runAsGroup: 1,
        supplementalGroups: [1],
        supplementalGroupsPolicy: "Merge",
        seLinuxChangePolicy: "Recursive",
        runAsNonRoot: true,
      },
    });
    expect(errors).toEqual([
      ...all("spec.securityContext", ["appArmorProfile", "seLinuxOptions"]),
      ...all("spec", ["hostUsers", "hostPID", "hostIPC"]),
      ...all("spec.securityContext", ["seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls"]),
      ...all("spec", ["shareProcessNamespace"]),
      ...all("spec.securityContext", [
        "runAsUser",
        "runAsGroup",
        "supplementalGroups",
        "supplementalGroupsPolicy",
        "seLinuxChangePolicy",
      ]),
    ]);
  });

  test("windows has nothing of Linux in its containers", () => {
    const securityContext = {
      appArmorProfile: { type: "Unconfined" as const },
      seLinuxOptions: { level: "a" },
      seccompProfile: { type: "Unconfined" as const },
      capabilities: { add: ["a"] },
      readOnlyRootFilesystem: false,
      privileged: false,
      allowPrivilegeEscalation: true,
      procMount: "Default" as const,
      runAsUser: 1,
      runAsGroup: 1,
      runAsNonRoot: true,
    };
    expect(windows({}, [{}, { securityContext }])).toEqual(
      all("spec.containers[1].securityContext", [
        "appArmorProfile",
        "seLinuxOptions",
        "seccompProfile",
        "capabilities",
        "readOnlyRootFilesystem",
        "privileged",
        "allowPrivilegeEscalation",
        "procMount",
        "runAsUser",
        "runAsGroup",
      ]),
    );
  });

  test("linux has nothing of Windows", () => {
    const securityContext = { windowsOptions: {} };
    expect(containerErrors([{ securityContext }], { os: { name: "linux" }, securityContext })).toEqual([
      `${FIELDS}: Forbidden: windows options cannot be set for a linux pod`,
      "spec.containers[0].securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod",
    ]);
  });

  test.each([
    { name: "", want: ["spec.os.name: Required value"] },
    { name: "plan9", want: ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'] },
  ])("cannot be called $name", ({ name, want }) => {
    expect(containerErrors([{}], { os: { name } })).toEqual(want);
  });
});

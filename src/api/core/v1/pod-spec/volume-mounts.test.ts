import { describe, expect, test } from "bun:test";
import { containerErrors } from "#testing/pod-spec.ts";
import type { Container, VolumeDevice, VolumeMount } from "../../../generated/core-v1.ts";

const volumes = [
  { name: "a", emptyDir: {} },
  { name: "b", secret: { secretName: "s" } },
  { name: "claim", persistentVolumeClaim: { claimName: "c" } },
  {
    name: "ephemeral",
    ephemeral: {
      volumeClaimTemplate: {
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    },
  },
] as const;
const privileged: Partial<Container> = { securityContext: { privileged: true } };

const MOUNTS = "spec.containers[0].volumeMounts";
const DEVICES = "spec.containers[0].volumeDevices";
const READ_ONLY = "may only be specified when readOnly is true";
const NO_PROPAGATION = "may only be specified when mountPropagation is None or not specified";

describe("a mount", () => {
  const errorsOf = (volumeMounts: readonly VolumeMount[], more: Partial<Container> = {}) =>
    containerErrors([{ volumeMounts, ...more }], { volumes });

  test.each<{ name: string; mounts: VolumeMount[]; more?: Partial<Container> }>([
    {
      name: "several times at other places",
      mounts: [
        { name: "a", mountPath: "/a" },
        { name: "a", mountPath: "/b", subPath: "x/..y" },
        { name: "b", mountPath: "c", subPath: "a..b" },
        { name: "b", mountPath: "d:e", subPathExpr: "$(NAME)" },
      ],
    },
    {
      name: "propagated",
      mounts: [
        { name: "a", mountPath: "/a", mountPropagation: "None" },
        { name: "a", mountPath: "/b", mountPropagation: "HostToContainer" },
      ],
    },
    {
      name: "propagated both ways with privileges",
      mounts: [{ name: "a", mountPath: "/a", mountPropagation: "Bidirectional" }],
      more: privileged,
    },
    {
      name: "not to be written to",
      mounts: [
        { name: "a", mountPath: "/a", readOnly: true, recursiveReadOnly: "Enabled" },
        {
          name: "a",
          mountPath: "/b",
          readOnly: true,
          recursiveReadOnly: "IfPossible",
          mountPropagation: "None",
        },
        { name: "a", mountPath: "/c", recursiveReadOnly: "Disabled" },
      ],
    },
  ])("can be $name", ({ mounts, more }) => {
    expect(errorsOf(mounts, more)).toEqual([]);
  });

  test.each<{ name: string; mounts: VolumeMount[]; more?: Partial<Container>; want: string[] }>([
    {
      name: "of nothing at no place",
      mounts: [{ name: "", mountPath: "" }],
      want: [
        `${MOUNTS}[0].name: Required value`,
        `${MOUNTS}[0].name: Not found: ""`,
        `${MOUNTS}[0].mountPath: Required value`,
      ],
    },
    {
      name: "of an unknown volume, where another is",
      mounts: [
        { name: "a", mountPath: "/x" },
        { name: "c", mountPath: "/x" },
      ],
      want: [
        `${MOUNTS}[1].name: Not found: "c"`,
        `${MOUNTS}[1].mountPath: Invalid value: "/x": must be unique`,
      ],
    },
    {
      name: "of a path that is none",
      mounts: [
        { name: "a", mountPath: "/a", subPath: "/x" },
        { name: "a", mountPath: "/b", subPath: "x/../y" },
        { name: "a", mountPath: "/c", subPathExpr: "../$(A)", subPath: "x" },
      ],
      want: [
        `${MOUNTS}.subPath: Invalid value: "/x": must be a relative path`,
        `${MOUNTS}.subPath: Invalid value: "x/../y": must not contain '..'`,
        `${MOUNTS}[2].subPathExpr: Invalid value: "../$(A)": subPathExpr and subPath are mutually exclusive`,
        `${MOUNTS}.subPathExpr: Invalid value: "../$(A)": must not contain '..'`,
      ],
    },
    {
      name: "propagated otherwise",
      mounts: [{ name: "a", mountPath: "/a", mountPropagation: "Both" as "None" }],
      want: [
        `${MOUNTS}.mountPropagation: Unsupported value: "Both": supported values: "Bidirectional", "HostToContainer", "None"`,
      ],
    },
    {
      name: "propagated both ways without privileges",
      mounts: [{ name: "a", mountPath: "/a", mountPropagation: "Bidirectional" }],
      want: [
        `${MOUNTS}.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`,
      ],
    },
    {
      name: "written to and not",
      mounts: [
        { name: "a", mountPath: "/a", recursiveReadOnly: "Enabled" },
        { name: "a", mountPath: "/b", readOnly: true, recursiveReadOnly: "Other" as "Enabled" },
        {
          name: "a",
          mountPath: "/c",
          readOnly: true,
          recursiveReadOnly: "IfPossible",
          mountPropagation: "HostToContainer",
        },
      ],
      want: [
        `${MOUNTS}.recursiveReadOnly: Forbidden: ${READ_ONLY}`,
        `${MOUNTS}.recursiveReadOnly: Unsupported value: "Other": supported values: "Disabled", "Enabled", "IfPossible"`,
        `${MOUNTS}.recursiveReadOnly: Forbidden: ${NO_PROPAGATION}`,
      ],
    },
  ])("cannot be $name", ({ mounts, more, want }) => {
    expect(errorsOf(mounts, more)).toEqual(want);
  });
});

describe("a device", () => {
  const errorsOf = (volumeDevices: readonly VolumeDevice[], volumeMounts: readonly VolumeMount[] = []) =>
    containerErrors([{ volumeDevices, volumeMounts }], { volumes });
  const NO_BLOCKS = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";

  test("can be of a claim", () => {
    const devices = [
      { name: "claim", devicePath: "/dev/sda" },
      { name: "ephemeral", devicePath: "..sdb" },
    ];
    expect(errorsOf(devices, [{ name: "a", mountPath: "/a" }])).toEqual([]);
  });

  test.each<{ name: string; devices: VolumeDevice[]; mounts?: VolumeMount[]; want: string[] }>([
    {
      name: "of nothing, twice",
      devices: [
        { name: "", devicePath: "" },
        { name: "", devicePath: "" },
      ],
      want: [
        `${DEVICES}[0].name: Required value`,
        `${DEVICES}[0].name: Not found: ""`,
        `${DEVICES}[0].devicePath: Required value`,
        `${DEVICES}[1].name: Required value`,
        `${DEVICES}[1].name: Not found: ""`,
        `${DEVICES}[1].devicePath: Required value`,
        `${DEVICES}[1].devicePath: Invalid value: "": must be unique`,
      ],
    },
    {
      name: "a volume or a path twice",
      devices: [
        { name: "claim", devicePath: "/dev/sda" },
        { name: "claim", devicePath: "/dev/sda" },
      ],
      want: [
        `${DEVICES}[1].name: Invalid value: "claim": must be unique`,
        `${DEVICES}[1].devicePath: Invalid value: "/dev/sda": must be unique`,
      ],
    },
    {
      name: "of files, at a path that leads back",
      devices: [{ name: "a", devicePath: "/dev/../sda" }],
      want: [
        `${DEVICES}[0].name: Invalid value: "a": ${NO_BLOCKS}`,
        `${DEVICES}[0].devicePath: Invalid value: "/dev/../sda": can not contain backsteps ('..')`,
      ],
    },
    {
      name: "mounted",
      devices: [{ name: "claim", devicePath: "/x" }],
      mounts: [
        { name: "claim", mountPath: "/y" },
        { name: "a", mountPath: "/x" },
      ],
      want: [
        `${MOUNTS}[0].name: Invalid value: "claim": must not already exist in volumeDevices`,
        `${MOUNTS}[1].mountPath: Invalid value: "/x": must not already exist as a path in volumeDevices`,
        `${DEVICES}[0].name: Invalid value: "claim": must not already exist in volumeMounts`,
        `${DEVICES}[0].devicePath: Invalid value: "/x": must not already exist as a path in volumeMounts`,
      ],
    },
  ])("cannot be $name", ({ devices, mounts, want }) => {
    expect(errorsOf(devices, mounts)).toEqual(want);
  });
});

import { describe, expect, test } from "bun:test";
import { formatFieldError } from "#apimachinery/field-error.ts";
import type { Volume } from "../../../generated/core-v1.ts";
import { setVolumeDefaults } from "./volume-defaults.ts";
import { validateVolumes } from "./volumes.ts";

/** What is wrong with the volumes of a pod, or of a template, after defaulting. */
function errorsOf(volumes: readonly Volume[], podName = "pod"): readonly string[] {
  return validateVolumes(volumes.map(setVolumeDefaults), podName, "v").errors.map(formatFieldError);
}

describe("the name of a volume", () => {
  test.each([
    { name: "", want: ["v[0].name: Required value"] },
    { name: "a.b", want: ['v[0].name: Invalid value: "a.b": must not contain dots'] },
    {
      name: "n".repeat(64),
      want: [`v[0].name: Invalid value: "${"n".repeat(64)}": must be no more than 63 characters`],
    },
  ])("cannot be $name", ({ name, want }) => {
    expect(errorsOf([{ name }])).toEqual(want);
  });

  test("is that of one volume, of those that are valid", () => {
    expect(errorsOf([{ name: "a" }, { name: "a" }])).toEqual(['v[1].name: Duplicate value: "a"']);
    expect(errorsOf([{ name: "a", fc: { wwids: [] } }, { name: "a" }])).toHaveLength(1);
  });
});

describe("the claim of an ephemeral volume", () => {
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } as const;
  const ephemeral = { volumeClaimTemplate: { spec } };

  test("is named after pod and volume", () => {
    const podName = "p".repeat(252);
    expect(errorsOf([{ name: "v", ephemeral }], podName)).toEqual([
      `v[0].name: Invalid value: "v": PVC name "${podName}-v": must be no more than 253 characters`,
    ]);
    expect(errorsOf([{ name: "v", ephemeral }], "")).toEqual([]);
  });

  test("cannot be used by another volume", () => {
    const persistentVolumeClaim = { claimName: "pod-b" };
    expect(
      errorsOf([
        { name: "a", persistentVolumeClaim },
        { name: "b", ephemeral },
      ]),
    ).toEqual([
      'v[0].persistentVolumeClaim.claimName: Invalid value: "pod-b": must not reference a PVC that gets created for an ephemeral volume',
    ]);
  });
});

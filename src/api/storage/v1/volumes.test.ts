import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import type {
  VolumeAttachment,
  VolumeAttachmentSource,
  VolumeAttachmentStatus,
  VolumeAttributesClass,
} from "../../generated/storage-v1.ts";
import { volumeAttachment } from "./volumeattachment.ts";
import { volumeAttributesClass } from "./volumeattributesclass.ts";

function aVolumeAttachment(
  source: VolumeAttachmentSource,
  status: VolumeAttachmentStatus = { attached: false },
): VolumeAttachment {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "VolumeAttachment",
    metadata: { name: "a", uid: "u" },
    spec: { attacher: "csi.example.com", nodeName: "n1", source },
    status,
  };
}

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

describe("volumeAttachment", () => {
  const ONE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";

  test.each<{ name: string; object: VolumeAttachment; want: string[] }>([
    { name: "a volume", object: aVolumeAttachment({ persistentVolumeName: "pv1" }), want: [] },
    { name: "no volume", object: aVolumeAttachment({}), want: [`spec.source: Required value: ${ONE}`] },
    {
      name: "two volumes",
      object: aVolumeAttachment({ persistentVolumeName: "pv1", inlineVolumeSpec: {} }),
      want: [`spec.source: Forbidden: ${ONE}`],
    },
    {
      name: "errors that are too long and below zero",
      object: aVolumeAttachment(
        { persistentVolumeName: "pv1" },
        { attached: false, attachError: { message: "x".repeat(1025) }, detachError: { errorCode: -1 } },
      ),
      want: [
        "status.attachError.message: Too long: may not be more than 262144 bytes",
        "status.detachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive",
      ],
    },
    {
      name: "a volume without a name",
      object: aVolumeAttachment({ persistentVolumeName: "" }),
      want: [
        "spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName",
        `spec.source.persistentVolumeName: Invalid value: "": ${SUBDOMAIN}`,
      ],
    },
  ])("validate judges $name", ({ object, want }) => {
    expect(errorTexts(volumeAttachment.validate?.(object))).toEqual(want);
  });

  test.each<{ attacher: string; want: string[] }>([
    { attacher: "CSI.example.com", want: [] },
    {
      attacher: "",
      want: ["spec.attacher: Required value", "spec.attacher: Required value"],
    },
    {
      attacher: `${"a".repeat(64)}_`,
      want: [
        "spec.attacher: Too long: may not be more than 63 bytes",
        `spec.attacher: Invalid value: "${"a".repeat(64)}_": ${SUBDOMAIN}`,
      ],
    },
  ])("validate judges the attacher $attacher", ({ attacher, want }) => {
    const object = aVolumeAttachment({ persistentVolumeName: "pv1" });
    expect(
      errorTexts(volumeAttachment.validate?.({ ...object, spec: { ...object.spec, attacher } })),
    ).toEqual(want);
  });

  test("the spec cannot be changed, through the status neither", () => {
    const previous = aVolumeAttachment({ persistentVolumeName: "pv1" });
    const next = aVolumeAttachment({ persistentVolumeName: "pv2" });
    const want = [
      'spec: Invalid value: {"Attacher":"csi.example.com","Source":{"PersistentVolumeName":"pv2","InlineVolumeSpec":null},"NodeName":"n1"}: field is immutable',
    ];
    expect(errorTexts(volumeAttachment.validateUpdate?.(next, previous))).toEqual(want);
    expect(errorTexts(volumeAttachment.validateStatusUpdate?.(next, previous))).toEqual(want);
  });

  test("the table shows the volume and its node", () => {
    const object = aVolumeAttachment({ persistentVolumeName: "pv1" }, { attached: true });
    expect(rowOf(volumeAttachment, object)).toEqual({
      Name: "a",
      Attacher: "csi.example.com",
      PV: "pv1",
      Node: "n1",
      Attached: true,
      Age: "<unknown>",
    });
  });
});

describe("volumeAttributesClass", () => {
  const aClass = (fields: Partial<VolumeAttributesClass>): VolumeAttributesClass => ({
    apiVersion: "storage.k8s.io/v1",
    kind: "VolumeAttributesClass",
    metadata: { name: "gold", uid: "u" },
    driverName: "csi.example.com",
    parameters: { iops: "1000" },
    ...fields,
  });

  test("validate wants a driver and a parameter", () => {
    expect(volumeAttributesClass.validate?.(aClass({}))).toEqual([]);
    expect(errorTexts(volumeAttributesClass.validate?.(aClass({ driverName: "", parameters: {} })))).toEqual([
      "driverName: Required value",
      "parameters: Required value: must contain at least one key/value pair",
    ]);
  });

  test("neither of them changes", () => {
    const next = aClass({ driverName: "b.com", parameters: { iops: "1" } });
    expect(errorTexts(volumeAttributesClass.validateUpdate?.(next, aClass({})))).toEqual([
      "driverName: Forbidden: updates to driverName are forbidden.",
      "parameters: Forbidden: updates to parameters are forbidden.",
    ]);
  });
});

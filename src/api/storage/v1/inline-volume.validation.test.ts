import { expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import type { PersistentVolumeSpec } from "../../generated/core-v1.ts";
import { validateInlineVolume } from "./inline-volume.validation.ts";

const csi = { driver: "csi.example.com", volumeHandle: "v1" };
const valid: PersistentVolumeSpec = { accessModes: ["ReadWriteOnce"], csi };
const local = { path: "/data" };

test.each<{ name: string; spec: PersistentVolumeSpec; want: string[] }>([
  { name: "a volume of a driver", spec: valid, want: [] },
  {
    name: "what is the same as the defaults of a volume",
    spec: {
      ...valid,
      persistentVolumeReclaimPolicy: "Retain",
      volumeMode: "Filesystem",
      storageClassName: "",
    },
    want: [],
  },
  {
    name: "nothing",
    spec: {},
    want: [
      "csi: Required value: has to be specified in the context of inline volumes",
      "accessModes: Required value",
      "Required value: must specify a volume type",
    ],
  },
  {
    name: "what belongs to a volume of its own",
    spec: {
      ...valid,
      claimRef: { name: "data" },
      capacity: { storage: "1Gi" },
      persistentVolumeReclaimPolicy: "Delete",
      nodeAffinity: { required: { nodeSelectorTerms: [] } },
      storageClassName: "fast",
      volumeMode: "Block",
    },
    want: [
      "claimRef: Forbidden: may not be specified in the context of inline volumes",
      "capacity: Forbidden: may not be specified in the context of inline volumes",
      "persistentVolumeReclaimPolicy: Forbidden: may only be Retain in the context of inline volumes",
      "nodeAffinity: Forbidden: may not be specified in the context of inline volumes",
      "storageClassName: Forbidden: may not be specified in the context of inline volumes",
      "volumeMode: Forbidden: may not specify volumeMode other than Filesystem in the context of inline volumes",
    ],
  },
  {
    name: "another source, and one of a node",
    spec: { accessModes: ["ReadWriteOnce"], csi, local, nodeAffinity: {} },
    want: [
      "nodeAffinity: Forbidden: may not be specified in the context of inline volumes",
      "nodeAffinity: Required value: Local volume requires node affinity",
      "csi: Forbidden: may not specify more than 1 volume type",
    ],
  },
  {
    name: "a host path that is recycled",
    spec: {
      accessModes: ["ReadWriteOnce"],
      hostPath: { path: "/" },
      persistentVolumeReclaimPolicy: "Recycle",
    },
    want: [
      "csi: Required value: has to be specified in the context of inline volumes",
      "persistentVolumeReclaimPolicy: Forbidden: may only be Retain in the context of inline volumes",
      "persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
    ],
  },
  {
    name: "a driver without a volume",
    spec: { accessModes: ["Some" as "ReadWriteOnce"], csi: { driver: "", volumeHandle: "" } },
    want: [
      'accessModes: Unsupported value: "Some": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      "csi.driver: Required value",
      "csi.volumeHandle: Required value",
    ],
  },
])("validateInlineVolume judges $name", ({ spec, want }) => {
  const texts = errorTexts(validateInlineVolume(spec, "inline"));
  expect(texts.map((text) => text.replace(/^inline[.:] ?/, ""))).toEqual(want);
});

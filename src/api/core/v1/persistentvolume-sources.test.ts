import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import type { PersistentVolumeSpec } from "../../generated/core-v1.ts";
import { validateVolumeSource } from "./persistentvolume-sources.ts";

const TOO_LONG =
  "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
const ONE_SOURCE = "Forbidden: may not specify more than 1 volume type";
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const iscsi = { targetPortal: "10.0.0.1", iqn: "iqn.2020-01.com.example:a", lun: 0 };
const nodeAffinity = {
  required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Exists" as const }] }] },
};
const secret = { name: "s", namespace: "n" };

const errorsOf = (spec: PersistentVolumeSpec) => errorTexts(validateVolumeSource(spec, "pv"));

describe("the source of a PersistentVolume", () => {
  test.each<[name: string, source: PersistentVolumeSpec]>([
    ["hostPath", { hostPath: { path: "/data", type: "Directory" } }],
    ["local", { local: { path: "/mnt" }, nodeAffinity }],
    ["nfs", { nfs: { server: "s", path: "/" } }],
    ["iscsi", { iscsi: { ...iscsi, initiatorName: "eui.0123456789ABCDEF" } }],
    ["iscsi with a secret", { iscsi: { ...iscsi, chapAuthSession: true, secretRef: secret } }],
    ["glusterfs", { glusterfs: { endpoints: "e", path: "p", endpointsNamespace: "n" } }],
    ["azureFile", { azureFile: { secretName: "s", shareName: "t", secretNamespace: "n" } }],
    ["cinder", { cinder: { volumeID: "v", secretRef: secret } }],
    ["storageos", { storageos: { volumeName: "v", secretRef: { name: "s", namespace: "n" } } }],
    ["flexVolume", { flexVolume: { driver: "d", secretRef: secret } }],
    ["csi", { csi: { driver: "d", volumeHandle: "h", controllerPublishSecretRef: secret } }],
  ])("can be %s", (_, source) => {
    expect(errorsOf(source)).toEqual([]);
  });

  test.each<{ name: string; source: PersistentVolumeSpec; want: string[] }>([
    { name: "nothing", source: {}, want: ["spec: Required value: must specify a volume type"] },
    {
      name: "two, of which the first alone is looked into",
      source: { cephfs: { monitors: [] }, nfs: { path: "a", server: "" } },
      want: [
        "spec.nfs.server: Required value",
        'spec.nfs.path: Invalid value: "a": must be an absolute path',
        `spec.cephFS: ${ONE_SOURCE}`,
      ],
    },
    {
      name: "a flexVolume besides, which is looked into",
      source: { hostPath: { path: "/a" }, flexVolume: { driver: "" }, csi: { driver: "", volumeHandle: "" } },
      want: ["spec.flexVolume.driver: Required value", `spec.csi: ${ONE_SOURCE}`],
    },
    {
      name: "a local volume anywhere",
      source: { local: { path: "/a/../b" } },
      want: [
        "spec.local.path: Invalid value: \"/a/../b\": must not contain '..'",
        "spec.nodeAffinity: Required value: Local volume requires node affinity",
      ],
    },
    {
      name: "a disk of the past",
      source: { gcePersistentDisk: { pdName: "" } },
      want: ["spec.persistentDisk.pdName: Required value"],
    },
    {
      name: "an Azure file without a secret",
      source: { azureFile: { secretName: "", shareName: "", secretNamespace: "" } },
      want: ["secretName", "shareName", "secretNamespace"].map(
        (field) => `spec.azureFile.${field}: Required value`,
      ),
    },
    {
      name: "Gluster in no namespace",
      source: { glusterfs: { endpoints: "", path: "", endpointsNamespace: "" } },
      want: [
        "spec.glusterfs.endpoints: Required value",
        "spec.glusterfs.path: Required value",
        'spec.glusterfs.endpointsNamespace: Invalid value: "": if the endpointnamespace is set, it must be a valid namespace name',
      ],
    },
    {
      name: "an empty iSCSI target",
      source: {
        iscsi: { targetPortal: "", iqn: "", lun: 256, chapAuthDiscovery: true, initiatorName: "a" },
      },
      want: [
        "spec.iscsi.targetPortal: Required value",
        "spec.iscsi.iqn: Required value",
        "spec.iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive",
        "spec.iscsi.secretRef: Required value",
        'spec.iscsi.initiatorname: Invalid value: "a": must be valid format',
      ],
    },
    {
      name: "an iSCSI target that leaves no room for the name",
      source: {
        iscsi: { ...iscsi, targetPortal: "x".repeat(62), iqn: "a", initiatorName: iscsi.iqn, secretRef: {} },
      },
      want: [
        `spec.iscsi.targetportal: Invalid value: "${"x".repeat(62)}": ${TOO_LONG}`,
        'spec.iscsi.iqn: Invalid value: "a": must be valid format',
        "spec.iscsi.secretRef.name: Required value",
      ],
    },
    {
      name: "a secret of no namespace",
      source: { cinder: { volumeID: "", secretRef: { name: "" } } },
      want: [
        "spec.cinder.volumeID: Required value",
        "spec.cinder.secretRef.name: Required value",
        "spec.cinder.secretRef.namespace: Required value",
      ],
    },
    {
      name: "StorageOS with a secret of no namespace",
      source: { storageos: { volumeName: "a", secretRef: { name: "b" } } },
      want: ["spec.storageos.secretRef.namespace: Required value"],
    },
    {
      name: "CSI with incomplete secrets",
      source: {
        csi: {
          driver: "D_",
          volumeHandle: "",
          controllerPublishSecretRef: { namespace: "n" },
          controllerExpandSecretRef: { name: "s" },
          nodePublishSecretRef: { name: "S", namespace: "n.n" },
          nodeExpandSecretRef: {},
        },
      },
      want: [
        `spec.csi.driver: Invalid value: "D_": ${SUBDOMAIN}`,
        "spec.csi.volumeHandle: Required value",
        "spec.csi.controllerPublishSecretRef.name: Required value",
        "spec.csi.controllerExpandSecretRef.namespace: Required value",
        `spec.csi.nodePublishSecretRef.name: Invalid value: "S": ${SUBDOMAIN}`,
        'spec.csi.nodePublishSecretRef.namespace: Invalid value: "n.n": must not contain dots',
        "spec.csi.nodeExpandSecretRef.name: Required value",
        "spec.csi.nodeExpandSecretRef.namespace: Required value",
      ],
    },
  ])("cannot be $name", ({ source, want }) => {
    expect(errorsOf(source)).toEqual(want);
  });
});

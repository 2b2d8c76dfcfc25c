import { describe, expect, test } from "bun:test";
import { formatFieldError } from "#apimachinery/field-error.ts";
import type { ClusterTrustBundleProjection, Volume } from "../../../generated/core-v1.ts";
import { setVolumeDefaults } from "./volume-defaults.ts";
import { validateVolumes } from "./volumes.ts";

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const ISCSI_TOO_LONG =
  "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
const ISCSI_START = "must be valid format starting with iqn, eui, or naa";
const FILE_MODE = "must be a number between 0 and 0777 (octal), both inclusive";
const QUOBYTE = "must be a host:port pair or multiple pairs separated by commas";

type Source = Omit<Volume, "name">;

/** What is wrong with a volume `v` of the pod `pod`, or of a template, after defaulting. */
function errorsOf(source: Source, podName = "pod"): readonly string[] {
  const volume = setVolumeDefaults({ name: "v", ...source });
  return validateVolumes([volume], podName, "v").errors.map(formatFieldError);
}

interface SourceCase {
  readonly name: string;
  readonly source: Source;
  readonly want: readonly string[];
}

const iscsi = { targetPortal: "127.0.0.1", iqn: "iqn.2015-02.example.com:test", lun: 1 };
const claimSpec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } as const;

const VALID: readonly (readonly [name: string, source: Source])[] = [
  ["nothing, which is an emptyDir", {}],
  ["emptyDir", { emptyDir: { medium: "Memory", sizeLimit: "1Gi" } }],
  ["hostPath", { hostPath: { path: "/mnt/path", type: "Directory" } }],
  ["gitRepo", { gitRepo: { repository: "https://example.com", directory: "src" } }],
  ["gitRepo in the folder itself", { gitRepo: { repository: "https://example.com", directory: "." } }],
  ["gcePersistentDisk", { gcePersistentDisk: { pdName: "disk", partition: 255 } }],
  ["awsElasticBlockStore", { awsElasticBlockStore: { volumeID: "disk" } }],
  ["secret", { secret: { secretName: "s", defaultMode: 0o777, items: [{ key: "k", path: "a..b/..c" }] } }],
  ["nfs", { nfs: { server: "nfs.example.com", path: "/export" } }],
  ["iscsi with an iqn", { iscsi: { ...iscsi, initiatorName: "iqn.2015-02.example.com:init" } }],
  ["iscsi with an eui", { iscsi: { ...iscsi, iqn: "eui.0123456789ABCDEF" } }],
  ["iscsi with an naa", { iscsi: { ...iscsi, iqn: "naa.62004567BA64678D0123456789ABCDEF" } }],
  ["iscsi with a secret", { iscsi: { ...iscsi, chapAuthDiscovery: true, secretRef: { name: "s" } } }],
  ["glusterfs", { glusterfs: { endpoints: "host1", path: "path" } }],
  ["flocker", { flocker: { datasetUUID: "d846b09d-223d-43df-ab5b-d6db2206a0e4" } }],
  ["persistentVolumeClaim", { persistentVolumeClaim: { claimName: "data" } }],
  ["rbd", { rbd: { monitors: ["a"], image: "b" } }],
  ["cinder", { cinder: { volumeID: "a", secretRef: { name: "s" } } }],
  ["cephfs", { cephfs: { monitors: ["a"] } }],
  ["quobyte", { quobyte: { registry: "registry:7861,[::1]:7861", volume: "v", tenant: "t".repeat(64) } }],
  [
    "downwardAPI",
    { downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
  ],
  ["fc by names", { fc: { targetWWNs: ["wwn"], lun: 255 } }],
  ["fc by identifiers", { fc: { wwids: ["wwid"] } }],
  ["flexVolume", { flexVolume: { driver: "example.com/blue", options: { "a.com/k": "v" } } }],
  ["configMap", { configMap: { name: "c", items: [{ key: "k", path: "p", mode: 0 }] } }],
  ["azureFile", { azureFile: { secretName: "s", shareName: "t" } }],
  ["vsphereVolume", { vsphereVolume: { volumePath: "[ds] a/b" } }],
  ["photonPersistentDisk", { photonPersistentDisk: { pdID: "a" } }],
  ["portworxVolume", { portworxVolume: { volumeID: "a" } }],
  ["azureDisk", { azureDisk: { diskName: "d", diskURI: "https://x.blob.core.windows.net/vhds/d.vhd" } }],
  ["storageos", { storageos: { volumeName: "a", volumeNamespace: "b", secretRef: { name: "s" } } }],
  ["projected", { projected: { sources: [{ secret: { name: "s" } }, { configMap: { name: "c" } }] } }],
  ["a trust bundle by its name", bundleSource({ name: "example.com:a:b", path: "ca.pem" })],
  [
    "trust bundles of a signer",
    bundleSource({ signerName: "example.com/a", labelSelector: {}, optional: true, path: "ca.pem" }),
  ],
  ["scaleIO", { scaleIO: { gateway: "g", system: "s", volumeName: "v", secretRef: { name: "s" } } }],
  ["csi", { csi: { driver: "Example.com", nodePublishSecretRef: { name: "s" } } }],
  [
    "ephemeral",
    { ephemeral: { volumeClaimTemplate: { metadata: { labels: { a: "b" } }, spec: claimSpec } } },
  ],
  ["image", { image: { reference: "app:1", pullPolicy: "Always" } }],
];

function bundleSource(clusterTrustBundle: ClusterTrustBundleProjection) {
  return { projected: { sources: [{ clusterTrustBundle }] } };
}

/** Upstream calls the field so. */
const BUNDLE = "v[0].projected.sources[0].clusterTrustBundlePEM";

const INVALID: readonly SourceCase[] = [
  {
    name: "trust bundles by name and signer",
    source: bundleSource({ name: "a", signerName: "example.com/a", path: "ca.pem" }),
    want: [
      `${BUNDLE}: Invalid value: {"Name":"a","SignerName":"example.com/a","LabelSelector":null,"Optional":null,"Path":"ca.pem"}: only one of name and signerName may be used`,
    ],
  },
  {
    name: "a trust bundle of no name, nowhere",
    source: bundleSource({ path: "" }),
    want: [
      `${BUNDLE}: Required value: either name or signerName must be specified`,
      `${BUNDLE}.path: Required value`,
    ],
  },
  {
    name: "a trust bundle of a bad name with labels, elsewhere",
    source: bundleSource({ name: "example.com:a:", labelSelector: {}, path: "../ca.pem" }),
    want: [
      `${BUNDLE}.name: Invalid value: "example.com:a:": not a valid clustertrustbundlename: ${SUBDOMAIN}`,
      `${BUNDLE}.labelSelector: Invalid value: {}: labelSelector must be unset if name is specified`,
      `${BUNDLE}.path: Invalid value: "../ca.pem": must not contain '..'`,
    ],
  },
  {
    name: "trust bundles of a bad signer and selector",
    source: bundleSource({
      signerName: "example.com",
      labelSelector: { matchLabels: { "a b": "c" } },
      path: "ca.pem",
    }),
    want: [
      `${BUNDLE}.signerName: Invalid value: "example.com": must be a fully qualified domain and path of the form 'example.com/signer-name'`,
      expect.stringMatching(
        /clusterTrustBundlePEM\.labelSelector\.matchLabels: Invalid value: "a b": name part must/,
      ),
    ],
  },
  {
    name: "two trust bundles in one file",
    source: {
      projected: {
        sources: [1, 2].map(() => ({ clusterTrustBundle: { name: "a", path: "ca.pem" } })),
      },
    },
    want: ['v[0].projected: Invalid value: "ca.pem": conflicting duplicate paths'],
  },
  {
    name: "a negative limit",
    source: { emptyDir: { sizeLimit: "-1" } },
    want: ["v[0].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity"],
  },
  {
    name: "no path of the host",
    source: { hostPath: { path: "", type: "Other" as "File" } },
    want: ["v[0].hostPath.path: Required value"],
  },
  {
    name: "a path of the host that leads back, of no type",
    source: { hostPath: { path: "/foo/..", type: "Other" as "File" } },
    want: [
      "v[0].hostPath.path: Invalid value: \"/foo/..\": must not contain '..'",
      'v[0].hostPath.type: Unsupported value: "Other": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
    ],
  },
  {
    name: "no repository, in another folder",
    source: { gitRepo: { repository: "", directory: "src/../../x" } },
    want: [
      "v[0].gitRepo.repository: Required value",
      "v[0].gitRepo.directory: Invalid value: \"src/../../x\": must not contain '..'",
    ],
  },
  {
    name: "a repository in an absolute folder",
    source: { gitRepo: { repository: "r", directory: "/src" } },
    want: ['v[0].gitRepo.directory: Invalid value: "/src": must be a relative path'],
  },
  {
    name: "a disk without a name",
    source: { awsElasticBlockStore: { volumeID: "", partition: -1 } },
    want: [
      "v[0].awsElasticBlockStore.volumeID: Required value",
      "v[0].awsElasticBlockStore.partition: Invalid value: -1: must be between 1 and 255, inclusive",
    ],
  },
  {
    name: "files of a secret",
    source: {
      secret: {
        secretName: "s",
        items: [
          { key: "", path: "" },
          { key: "k", path: "/a" },
          { key: "k", path: "a/../b", mode: 0o1000 },
          { key: "k", path: "..a" },
        ],
      },
    },
    want: [
      "v[0].secret.items[0].key: Required value",
      "v[0].secret.items[0].path: Required value",
      'v[0].secret.items[1].path: Invalid value: "/a": must be a relative path',
      "v[0].secret.items[2].path: Invalid value: \"a/../b\": must not contain '..'",
      `v[0].secret.items[2].mode: Invalid value: 512: ${FILE_MODE}`,
      "v[0].secret.items[3].path: Invalid value: \"..a\": must not start with '..'",
    ],
  },
  {
    name: "an export that is no path",
    source: { nfs: { server: "", path: "" } },
    want: [
      "v[0].nfs.server: Required value",
      "v[0].nfs.path: Required value",
      'v[0].nfs.path: Invalid value: "": must be an absolute path',
    ],
  },
  {
    name: "an empty iscsi",
    source: { iscsi: { targetPortal: "", iqn: "", lun: -1, chapAuthSession: true, initiatorName: "" } },
    want: [
      "v[0].iscsi.targetPortal: Required value",
      "v[0].iscsi.iqn: Required value",
      "v[0].iscsi.lun: Invalid value: -1: must be between 0 and 255, inclusive",
      "v[0].iscsi.secretRef: Required value",
      `v[0].iscsi.initiatorname: Invalid value: "": ${ISCSI_START}`,
    ],
  },
  ...["iqn.2015-02.example.com", "iqn.2015.example.com:a", "eui.0123", "naa.zz"].map((iqn) => ({
    name: `the iscsi name ${iqn}`,
    source: { iscsi: { ...iscsi, iqn } },
    want: [`v[0].iscsi.iqn: Invalid value: "${iqn}": must be valid format`],
  })),
  {
    name: "an iscsi name of no form",
    source: { iscsi: { ...iscsi, iqn: "2015-02.example.com:a" } },
    want: [`v[0].iscsi.iqn: Invalid value: "2015-02.example.com:a": ${ISCSI_START}`],
  },
  {
    name: "an iscsi portal that leaves no room for the name",
    source: {
      iscsi: { ...iscsi, targetPortal: "p".repeat(63), initiatorName: "iqn.2015-02.example.com:a" },
      nfs: { server: "s", path: "/" },
    },
    want: [
      "v[0].iscsi: Forbidden: may not specify more than 1 volume type",
      `v[0].name: Invalid value: "v": ${ISCSI_TOO_LONG}`,
    ],
  },
  {
    name: "an empty glusterfs",
    source: { glusterfs: { endpoints: "", path: "" } },
    want: ["v[0].glusterfs.endpoints: Required value", "v[0].glusterfs.path: Required value"],
  },
  {
    name: "an empty flocker",
    source: { flocker: {} },
    want: ["v[0].flocker: Required value: one of datasetName and datasetUUID is required"],
  },
  {
    name: "a flocker of two names",
    source: { flocker: { datasetName: "a/b", datasetUUID: "c" } },
    want: [
      'v[0].flocker: Invalid value: "resource": datasetName and datasetUUID can not be specified simultaneously',
      "v[0].flocker.datasetName: Invalid value: \"a/b\": must not contain '/'",
    ],
  },
  {
    name: "no claim",
    source: { persistentVolumeClaim: { claimName: "" } },
    want: ["v[0].persistentVolumeClaim.claimName: Required value"],
  },
  {
    name: "an empty rbd",
    source: { rbd: { monitors: [], image: "" } },
    want: ["v[0].rbd.monitors: Required value", "v[0].rbd.image: Required value"],
  },
  {
    name: "an empty cinder",
    source: { cinder: { volumeID: "", secretRef: {} } },
    want: ["v[0].cinder.volumeID: Required value", "v[0].cinder.secretRef.name: Required value"],
  },
  {
    name: "no monitors",
    source: { cephfs: { monitors: [] } },
    want: ["v[0].cephfs.monitors: Required value"],
  },
  {
    name: "an empty quobyte",
    source: { quobyte: { registry: "", volume: "" } },
    want: [`v[0].quobyte.registry: Required value: ${QUOBYTE}`, "v[0].quobyte.volume: Required value"],
  },
  {
    name: "registries without ports",
    source: { quobyte: { registry: "a:1,b,c", volume: "v" } },
    want: [
      `v[0].quobyte.registry: Invalid value: "a:1,b,c": ${QUOBYTE}`,
      `v[0].quobyte.registry: Invalid value: "a:1,b,c": ${QUOBYTE}`,
    ],
  },
  {
    name: "a long tenant",
    source: { quobyte: { registry: "a:1", volume: "v", tenant: "t".repeat(65) } },
    want: [
      "v[0].quobyte.tenant: Required value: must be a UUID and may not exceed a length of 64 characters",
    ],
  },
  {
    name: "files of the downward API",
    source: {
      downwardAPI: {
        defaultMode: -1,
        items: [
          { path: "" },
          { path: "../a", fieldRef: { fieldPath: "metadata.labels" } },
          { path: "b", fieldRef: { fieldPath: "status.podIP" } },
          {
            path: "c",
            fieldRef: { fieldPath: "metadata.uid" },
            resourceFieldRef: { resource: "limits.cpu" },
          },
          { path: "d", resourceFieldRef: { resource: "limits.cpu" }, mode: 0o7777 },
        ],
      },
    },
    want: [
      `v[0].downwardAPI.defaultMode: Invalid value: -1: ${FILE_MODE}`,
      "v[0].downwardAPI.path: Required value",
      "v[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required",
      "v[0].downwardAPI.path: Invalid value: \"../a\": must not contain '..'",
      'v[0].downwardAPI.fieldRef.fieldPath: Unsupported value: "status.podIP": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"',
      'v[0].downwardAPI: Invalid value: "resource": fieldRef and resourceFieldRef can not be specified simultaneously',
      "v[0].downwardAPI.resourceFieldRef.containerName: Required value",
      `v[0].downwardAPI.mode: Invalid value: 4095: ${FILE_MODE}`,
    ],
  },
  {
    name: "an empty fc",
    source: { fc: {} },
    want: ["v[0].fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both"],
  },
  {
    name: "an fc of two names",
    source: { fc: { targetWWNs: ["a"], wwids: ["b"] } },
    want: [
      'v[0].fc.targetWWNs: Invalid value: ["a"]: targetWWNs and wwids can not be specified simultaneously',
      "v[0].fc.lun: Required value: lun is required if targetWWNs is specified",
    ],
  },
  {
    name: "an fc unit out of range",
    source: { fc: { targetWWNs: ["a"], lun: 256 } },
    want: ["v[0].fc.lun: Invalid value: 256: must be between 0 and 255, inclusive"],
  },
  {
    name: "options of Kubernetes",
    source: {
      flexVolume: { driver: "", options: { "a.kubernetes.io/b": "", "K8s.io/c": "", "a8s.io/d": "" } },
    },
    want: [
      "v[0].flexVolume.driver: Required value",
      'v[0].flexVolume.options[a.kubernetes.io/b]: Invalid value: "a.kubernetes.io/b": kubernetes.io and k8s.io namespaces are reserved',
      'v[0].flexVolume.options[K8s.io/c]: Invalid value: "K8s.io/c": kubernetes.io and k8s.io namespaces are reserved',
    ],
  },
  {
    name: "files of a config map without a name",
    source: { configMap: { defaultMode: 0o1000, items: [{ key: "k", path: "" }] } },
    want: [
      "v[0].configMap.name: Required value",
      `v[0].configMap.defaultMode: Invalid value: 512: ${FILE_MODE}`,
      "v[0].configMap.items[0].path: Required value",
    ],
  },
  {
    name: "an empty azureFile",
    source: { azureFile: { secretName: "", shareName: "" } },
    want: ["v[0].azureFile.secretName: Required value", "v[0].azureFile.shareName: Required value"],
  },
  {
    name: "an odd azureDisk",
    source: {
      azureDisk: { diskName: "", diskURI: "", cachingMode: "Some" as "None", kind: "Own" as "Shared" },
    },
    want: [
      "v[0].azureDisk.diskName: Required value",
      "v[0].azureDisk.diskURI: Required value",
      'v[0].azureDisk.cachingMode: Unsupported value: "Some": supported values: "None", "ReadOnly", "ReadWrite"',
      'v[0].azureDisk.kind: Unsupported value: "Own": supported values: "Dedicated", "Managed", "Shared"',
      'v[0].azureDisk.diskURI: Unsupported value: "": supported values: "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"',
    ],
  },
  {
    name: "a managed azureDisk of a blob",
    source: { azureDisk: { diskName: "d", diskURI: "https://a", kind: "Managed" } },
    want: [
      'v[0].azureDisk.diskURI: Unsupported value: "https://a": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"',
    ],
  },
  {
    name: "an odd storageos",
    source: { storageos: { volumeName: "A", volumeNamespace: "b.c", secretRef: {} } },
    want: [
      `v[0].storageos.volumeName: Invalid value: "A": ${LABEL}`,
      `v[0].storageos.volumeNamespace: Invalid value: "b.c": must not contain dots`,
      "v[0].storageos.secretRef.name: Required value",
    ],
  },
  {
    name: "an empty scaleIO",
    source: { scaleIO: { gateway: "", system: "", volumeName: "", secretRef: {} } },
    want: [
      "v[0].scaleIO.gateway: Required value",
      "v[0].scaleIO.system: Required value",
      "v[0].scaleIO.volumeName: Required value",
    ],
  },
  {
    name: "a csi without a driver, with a bad secret",
    source: { csi: { driver: "", nodePublishSecretRef: { name: "S" } } },
    want: ["v[0].csi.driver: Required value", `v[0].csi.name: Invalid value: "S": ${SUBDOMAIN}`],
  },
  {
    name: "a csi of a long driver, with no secret",
    source: { csi: { driver: "d".repeat(64), nodePublishSecretRef: {} } },
    want: [
      "v[0].csi.driver: Too long: may not be more than 63 bytes",
      "v[0].csi.nodePublishSecretRef.name: Required value",
    ],
  },
  {
    name: "an ephemeral volume without a claim",
    source: { ephemeral: {} },
    want: ["v[0].ephemeral.volumeClaimTemplate: Required value"],
  },
  {
    name: "a claim with a name",
    source: { ephemeral: { volumeClaimTemplate: { metadata: { name: "x" } as object, spec: {} } } },
    want: [
      "v[0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set",
      "v[0].ephemeral.volumeClaimTemplate.spec.accessModes: Required value: at least 1 access mode is required",
      "v[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value",
    ],
  },
  {
    name: "no image",
    source: { image: { pullPolicy: "Once" as "Always" } },
    want: [
      "v[0].image.reference: Required value",
      'v[0].image.pullPolicy: Unsupported value: "Once": supported values: "Always", "IfNotPresent", "Never"',
    ],
  },
  {
    name: "two images of different kinds",
    source: { image: {}, cephfs: { monitors: ["a"] }, downwardAPI: { items: [] }, fc: {} },
    want: [
      "v[0].downwarAPI: Forbidden: may not specify more than 1 volume type",
      "v[0].fc: Forbidden: may not specify more than 1 volume type",
      "v[0].image: Forbidden: may not specify more than 1 volume type",
    ],
  },
];

describe("the source of a volume", () => {
  test.each(VALID)("can be %s", (_, source) => {
    expect(errorsOf(source)).toEqual([]);
  });

  test.each(INVALID)("cannot be $name", ({ source, want }) => {
    expect(errorsOf(source)).toEqual([...want]);
  });

  test("may be an open image in a template", () => {
    expect(errorsOf({ image: {} }, "")).toEqual([]);
  });
});

import { fillAbsent, fillZero, mapField, mapList } from "../../../defaulting.ts";
import type {
  DownwardAPIVolumeFile,
  ObjectFieldSelector,
  PersistentVolumeClaimSpec,
  Volume,
  VolumeProjection,
} from "../../../generated/core-v1.ts";
import { defaultPullPolicy } from "../image-reference.ts";
import { roundRequirements } from "../resource-list-defaults.ts";

/** Mode of files in volumes that hold API objects: 0644. */
const FILE_MODE = 0o644;
const TOKEN_EXPIRATION_SECONDS = 3600;

type Sources = Omit<Volume, "name">;
type SourceDefaults = {
  readonly [K in keyof Sources]?: (source: NonNullable<Sources[K]>) => NonNullable<Sources[K]>;
};

/** The defaults of sources that a Pod and a PersistentVolume have in common. */
export const SHARED_SOURCE_DEFAULTS = {
  azureDisk: (source) =>
    fillAbsent(source, { cachingMode: "ReadWrite", fsType: "ext4", readOnly: false, kind: "Shared" }),
  hostPath: (source) => fillAbsent(source, { type: "" }),
  iscsi: (source) => fillZero(source, { iscsiInterface: "default" }),
  rbd: (source) => fillZero(source, { pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" }),
  scaleIO: (source) => fillZero(source, { storageMode: "ThinProvisioned", fsType: "xfs" }),
} satisfies SourceDefaults;

const SOURCE_DEFAULTS: SourceDefaults = {
  ...SHARED_SOURCE_DEFAULTS,
  configMap: (source) => fillAbsent(source, { defaultMode: FILE_MODE }),
  downwardAPI: (source) =>
    mapField(fillAbsent(source, { defaultMode: FILE_MODE }), "items", setDownwardFileDefaults),
  ephemeral: (source) =>
    mapField(source, "volumeClaimTemplate", (template) => mapField(template, "spec", setClaimSpecDefaults)),
  image: (source) => fillZero(source, { pullPolicy: defaultPullPolicy(source.reference) }),
  projected: (source) =>
    mapField(fillAbsent(source, { defaultMode: FILE_MODE }), "sources", (sources) =>
      mapList(sources, setProjectionDefaults),
    ),
  secret: (source) => fillAbsent(source, { defaultMode: FILE_MODE }),
};

const DEFAULTED_SOURCES = Object.keys(SOURCE_DEFAULTS) as (keyof Sources)[];

/** A volume without a source is an emptyDir. */
export function setVolumeDefaults(volume: Volume): Volume {
  if (!hasSource(volume)) return { ...volume, emptyDir: {} };
  return DEFAULTED_SOURCES.reduce(setSourceDefaults, volume);
}

export function setClaimSpecDefaults(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  return mapField(fillAbsent(spec, { volumeMode: "Filesystem" }), "resources", roundRequirements);
}

export function setFieldSelectorDefaults(selector: ObjectFieldSelector): ObjectFieldSelector {
  return fillZero(selector, { apiVersion: "v1" });
}

function hasSource(volume: Volume): boolean {
  for (const field in volume) {
    if (field !== "name" && (volume[field as keyof Volume] ?? null) !== null) return true;
  }
  return false;
}

function setSourceDefaults<K extends keyof Sources>(volume: Volume, source: K): Volume {
  const setDefaults = SOURCE_DEFAULTS[source];
  return setDefaults === undefined ? volume : mapField<Volume, K>(volume, source, setDefaults);
}

function setDownwardFileDefaults(items: readonly DownwardAPIVolumeFile[]): readonly DownwardAPIVolumeFile[] {
  return mapList(items, (item) => mapField(item, "fieldRef", setFieldSelectorDefaults));
}

function setProjectionDefaults(projection: VolumeProjection): VolumeProjection {
  const withDownwardApi = mapField(projection, "downwardAPI", (source) =>
    mapField(source, "items", setDownwardFileDefaults),
  );
  return mapField(withDownwardApi, "serviceAccountToken", (token) =>
    fillAbsent(token, { expirationSeconds: TOKEN_EXPIRATION_SECONDS }),
  );
}

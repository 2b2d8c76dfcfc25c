import { type FieldError, forbidden, invalid, notFound, notSupported } from "#apimachinery/field-error.ts";
import type { Volume, VolumeDevice, VolumeMount } from "../../../generated/core-v1.ts";
import { checkSupported, requireText, validateEach } from "../../../validation/checks.ts";
import { validateLocalDescendingPath } from "../../../validation/paths.ts";
import type { AnyContainer } from "./context.ts";

type Volumes = ReadonlyMap<string, Volume>;

/** In the order in which messages list them, as all sets here. */
const PROPAGATIONS: readonly string[] = ["Bidirectional", "HostToContainer", "None"];
const RECURSIVE_READ_ONLY_MODES: readonly string[] = ["Disabled", "Enabled", "IfPossible"];

/** Errors of sub-paths and of propagation name the list, not its element, as upstream's do. */
export function validateVolumeMounts(
  container: AnyContainer,
  volumes: Volumes,
  path: string,
): readonly FieldError[] {
  const devices = container.volumeDevices ?? [];
  const paths = new Set<string>();
  return validateEach(container.volumeMounts, path, (mount, mountPath) => [
    ...requireText(mount.name, `${mountPath}.name`),
    ...(volumes.has(mount.name) ? [] : [notFound(`${mountPath}.name`, mount.name)]),
    ...requireText(mount.mountPath, `${mountPath}.mountPath`),
    ...validateUnique(mount.mountPath, paths, `${mountPath}.mountPath`),
    ...validateNoDevice(mount, devices, mountPath),
    ...validateSubPaths(mount, path, mountPath),
    ...validatePropagation(mount, container, `${path}.mountPropagation`),
    ...validateRecursiveReadOnly(mount, `${path}.recursiveReadOnly`),
  ]);
}

export function validateVolumeDevices(
  { volumeDevices, volumeMounts = [] }: AnyContainer,
  volumes: Volumes,
  path: string,
): readonly FieldError[] {
  const names = new Set<string>();
  const paths = new Set<string>();
  return validateEach(volumeDevices, path, (device, devicePath) => [
    ...requireText(device.name, `${devicePath}.name`),
    ...(device.name === "" ? [] : validateUnique(device.name, names, `${devicePath}.name`)),
    ...validateDeviceVolume(device.name, volumes, `${devicePath}.name`),
    ...requireText(device.devicePath, `${devicePath}.devicePath`),
    ...validateDevicePath(device.devicePath ?? "", paths, `${devicePath}.devicePath`),
    ...validateNoMount(device, volumeMounts, devicePath),
  ]);
}

function validateNoDevice(
  mount: VolumeMount,
  devices: readonly VolumeDevice[],
  path: string,
): readonly FieldError[] {
  const sameName = devices.some(({ name }) => name === mount.name);
  const samePath = devices.some(({ devicePath }) => devicePath === mount.mountPath);
  return [
    ...(sameName ? [invalid(`${path}.name`, mount.name, "must not already exist in volumeDevices")] : []),
    ...(samePath
      ? [invalid(`${path}.mountPath`, mount.mountPath, "must not already exist as a path in volumeDevices")]
      : []),
  ];
}

function validateNoMount(
  device: VolumeDevice,
  mounts: readonly VolumeMount[],
  path: string,
): readonly FieldError[] {
  const sameName = mounts.some(({ name }) => name === device.name);
  const samePath = mounts.some(({ mountPath }) => mountPath === device.devicePath);
  return [
    ...(sameName ? [invalid(`${path}.name`, device.name, "must not already exist in volumeMounts")] : []),
    ...(samePath
      ? [invalid(`${path}.devicePath`, device.devicePath, "must not already exist as a path in volumeMounts")]
      : []),
  ];
}

function validateSubPaths(
  { subPath = "", subPathExpr = "" }: VolumeMount,
  listPath: string,
  path: string,
): readonly FieldError[] {
  return [
    ...validateLocalDescendingPath(subPath, `${listPath}.subPath`),
    ...(subPath !== "" && subPathExpr !== ""
      ? [invalid(`${path}.subPathExpr`, subPathExpr, "subPathExpr and subPath are mutually exclusive")]
      : []),
    ...validateLocalDescendingPath(subPathExpr, `${listPath}.subPathExpr`),
  ];
}

function validatePropagation(
  { mountPropagation }: VolumeMount,
  { securityContext }: AnyContainer,
  path: string,
): readonly FieldError[] {
  const needsPrivilege = mountPropagation === "Bidirectional" && securityContext?.privileged !== true;
  return [
    ...checkSupported(mountPropagation, path, PROPAGATIONS),
    ...(needsPrivilege
      ? [forbidden(path, "Bidirectional mount propagation is available only to privileged containers")]
      : []),
  ];
}

function validateRecursiveReadOnly(mount: VolumeMount, path: string): readonly FieldError[] {
  const { recursiveReadOnly, readOnly = false, mountPropagation = "None" } = mount;
  if (recursiveReadOnly === undefined || recursiveReadOnly === "Disabled") return [];
  if (!RECURSIVE_READ_ONLY_MODES.includes(recursiveReadOnly)) {
    return [notSupported(path, recursiveReadOnly, RECURSIVE_READ_ONLY_MODES)];
  }
  return [
    ...(readOnly ? [] : [forbidden(path, "may only be specified when readOnly is true")]),
    ...(mountPropagation === "None"
      ? []
      : [forbidden(path, "may only be specified when mountPropagation is None or not specified")]),
  ];
}

function validateDeviceVolume(name: string, volumes: Volumes, path: string): readonly FieldError[] {
  const volume = volumes.get(name);
  if (volume === undefined) return [notFound(path, name)];
  return volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined
    ? [
        invalid(
          path,
          name,
          "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
        ),
      ]
    : [];
}

function validateDevicePath(device: string, paths: Set<string>, path: string): readonly FieldError[] {
  const isKnown = paths.has(device);
  const unique = isKnown ? [invalid(path, device, "must be unique")] : [];
  if (device.split("/").includes("..")) {
    return [...unique, invalid(path, device, "can not contain backsteps ('..')")];
  }
  paths.add(device);
  return unique;
}

function validateUnique(text: string | undefined, seen: Set<string>, path: string): readonly FieldError[] {
  const value = text ?? "";
  if (seen.has(value)) return [invalid(path, value, "must be unique")];
  seen.add(value);
  return [];
}

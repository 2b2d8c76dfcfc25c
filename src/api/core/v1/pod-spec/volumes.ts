import { duplicate, type FieldError, forbidden, invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Label } from "#apimachinery/formats.ts";
import type { Volume } from "../../../generated/core-v1.ts";
import { requireFormat, validateEach } from "../../../validation/checks.ts";
import { collectEach, collectErrors } from "../../../validation/collect-errors.ts";
import { checkSubdomainName } from "../../../validation/names.ts";
import { SOURCE_VALIDATORS, type VolumeSourceName } from "./volume-sources.ts";

/** The volumes of a pod, of which only valid ones can be mounted, and what is wrong with the others. */
export interface ValidatedVolumes {
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly errors: readonly FieldError[];
}

const ONE_SOURCE = "may not specify more than 1 volume type";
const ISCSI_TOO_LONG =
  "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";

/** Upstream names a few sources differently when one is too many. */
const EXTRA_SOURCE_PATHS: Partial<Record<VolumeSourceName, string>> = {
  cephfs: "cephFS",
  downwardAPI: "downwarAPI",
};

/** `podName` is known for pods alone; claims of ephemeral volumes are named after it. */
export function validateVolumes(
  list: readonly Volume[] | undefined,
  podName: string,
  path: string,
): ValidatedVolumes {
  const volumes = new Map<string, Volume>();
  const createdClaims = new Set(
    (list ?? []).filter(({ ephemeral }) => ephemeral !== undefined).map(({ name }) => `${podName}-${name}`),
  );
  const errors = validateEach(list, path, (volume, volumePath) => {
    const problems = validateVolume(volume, podName, volumes, volumePath);
    if (problems.length === 0) volumes.set(volume.name, volume);
    return [
      ...problems,
      ...(podName === "" ? [] : validateNoCreatedClaim(volume, createdClaims, volumePath)),
    ];
  });
  return { volumes, errors };
}

function validateVolume(
  volume: Volume,
  podName: string,
  valid: ReadonlyMap<string, Volume>,
  path: string,
): readonly FieldError[] {
  return [
    ...validateVolumeSource(volume, podName, path),
    ...requireFormat(volume.name, `${path}.name`, checkDNS1123Label),
    ...(valid.has(volume.name) ? [duplicate(`${path}.name`, volume.name)] : []),
  ];
}

/** Exactly one source must be set; further ones are reported and not looked into. */
function validateVolumeSource(volume: Volume, podName: string, path: string): readonly FieldError[] {
  const sources = SOURCE_VALIDATORS.filter(([name]) => (volume[name] ?? null) !== null);
  if (sources.length === 0) return [required(path, "must specify a volume type")];
  return collectEach(sources, ([name, validate], index) =>
    collectErrors(
      index === 0
        ? validate(volume, path, podName !== "")
        : forbidden(`${path}.${EXTRA_SOURCE_PATHS[name] ?? name}`, ONE_SOURCE),
      name === "iscsi" && validateIscsiName(volume, path),
      name === "ephemeral" && index === 0 && validateClaimName(volume.name, podName, path),
    ),
  );
}

function validateIscsiName({ name, iscsi }: Volume, path: string): readonly FieldError[] {
  const isTooLong =
    iscsi?.initiatorName !== undefined && Buffer.byteLength(`${name}:${iscsi.targetPortal}`) > 64;
  return isTooLong ? [invalid(`${path}.name`, name, ISCSI_TOO_LONG)] : [];
}

function validateClaimName(name: string, podName: string, path: string): readonly FieldError[] {
  if (podName === "" || name === "") return [];
  const claimName = `${podName}-${name}`;
  return checkSubdomainName(claimName, false).map((message) =>
    invalid(`${path}.name`, name, `PVC name "${claimName}": ${message}`),
  );
}

function validateNoCreatedClaim(
  { persistentVolumeClaim }: Volume,
  created: ReadonlySet<string>,
  path: string,
): readonly FieldError[] {
  if (persistentVolumeClaim === undefined || !created.has(persistentVolumeClaim.claimName)) return [];
  return [
    invalid(
      `${path}.persistentVolumeClaim.claimName`,
      persistentVolumeClaim.claimName,
      "must not reference a PVC that gets created for an ephemeral volume",
    ),
  ];
}

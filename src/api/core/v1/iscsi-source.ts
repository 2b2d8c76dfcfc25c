import { invalid, required } from "#apimachinery/field-error.ts";
import type { ISCSIPersistentVolumeSource, ISCSIVolumeSource } from "../../generated/core-v1.ts";
import { checkFormat, requireFormat, requireText, type Validator } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateLun } from "./storage-sources.ts";

const ISCSI_NAMES: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([a-zA-Z0-9.-]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[a-zA-Z0-9]{16}$/,
  naa: /^naa.[a-zA-Z0-9]{32}$/,
};
const ISCSI_START = "must be valid format starting with iqn, eui, or naa";

/** An initiator name is made from both, and has room for no more. */
const MAX_INITIATOR_BYTES = 64;
const INITIATOR_TOO_LONG =
  "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";

export const validateIscsi: Validator<ISCSIVolumeSource> = (source, path) => {
  const { targetPortal, iqn, lun, initiatorName } = source;
  return collectErrors(
    requireText(targetPortal, `${path}.targetPortal`),
    requireFormat(iqn, `${path}.iqn`, checkIscsiName),
    validateLun(lun, `${path}.lun`),
    requireIscsiSecret(source, `${path}.secretRef`),
    initiatorName !== undefined && checkFormat(initiatorName, `${path}.initiatorname`, checkIscsiName),
  );
};

function requireIscsiSecret(
  source: ISCSIVolumeSource | ISCSIPersistentVolumeSource,
  path: string,
): FieldErrors {
  const { chapAuthDiscovery, chapAuthSession, secretRef } = source;
  const isNeeded = chapAuthDiscovery === true || chapAuthSession === true;
  return isNeeded && secretRef === undefined ? [required(path)] : [];
}

/** `name` is that of the PersistentVolume. */
export function validateIscsiPersistent(
  source: ISCSIPersistentVolumeSource,
  name: string,
  path: string,
): FieldErrors {
  const { initiatorName, targetPortal, iqn, lun, secretRef } = source;
  const isTooLong =
    initiatorName !== undefined && Buffer.byteLength(`${name}:${targetPortal}`) > MAX_INITIATOR_BYTES;
  return collectErrors(
    requireText(targetPortal, `${path}.targetPortal`),
    isTooLong && invalid(`${path}.targetportal`, targetPortal, INITIATOR_TOO_LONG),
    requireFormat(iqn, `${path}.iqn`, checkInitiator),
    validateLun(lun, `${path}.lun`),
    requireIscsiSecret(source, `${path}.secretRef`),
    secretRef !== undefined && requireText(secretRef.name, `${path}.secretRef.name`),
    initiatorName !== undefined && checkFormat(initiatorName, `${path}.initiatorname`, checkInitiator),
  );
}

/** With one message for all that can be wrong, unlike in pods. */
function checkInitiator(name: string): readonly string[] {
  return checkIscsiName(name).length === 0 ? [] : ["must be valid format"];
}

function checkIscsiName(name: string): readonly string[] {
  const pattern = ISCSI_NAMES[name.slice(0, 3)];
  if (pattern === undefined) return [ISCSI_START];
  return pattern.test(name) ? [] : ["must be valid format"];
}

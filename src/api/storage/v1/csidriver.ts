import { duplicate, invalid, notSupported, required } from "#apimachinery/field-error.ts";
import { omit } from "#base/omit.ts";
import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import { fillAbsent, mapField } from "../../defaulting.ts";
import type { CSIDriver, CSIDriverSpec, TokenRequest } from "../../generated/storage-v1.ts";
import { type Column, defineKind } from "../../kind.ts";
import { checkSupported, validateEach, validateImmutable } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { repetitions } from "../../validation/lists.ts";

const FS_GROUP_POLICIES = ["File", "None", "ReadWriteOnceWithFSType"];
const LIFECYCLE_MODES = ["Persistent", "Ephemeral"];
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;
const MIN_ALLOCATABLE_PERIOD_SECONDS = 10;

const TOKEN_WARNING =
  "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes";

const DEFAULTS: CSIDriverSpec = {
  attachRequired: true,
  podInfoOnMount: false,
  storageCapacity: false,
  fsGroupPolicy: "ReadWriteOnceWithFSType",
  volumeLifecycleModes: ["Persistent"],
  requiresRepublish: false,
  seLinuxMount: false,
};

export const csiDriver = defineKind<CSIDriver>(
  { apiVersion: "storage.k8s.io/v1", kind: "CSIDriver" },
  {
    columns: [
      nameColumn,
      booleanColumn("AttachRequired", ({ attachRequired = true }) => attachRequired),
      booleanColumn("PodInfoOnMount", ({ podInfoOnMount = false }) => podInfoOnMount),
      booleanColumn("StorageCapacity", ({ storageCapacity = false }) => storageCapacity),
      textColumn("TokenRequests", tokenAudiences),
      booleanColumn("RequiresRepublish", ({ requiresRepublish = false }) => requiresRepublish),
      textColumn("Modes", ({ spec }) => spec.volumeLifecycleModes?.join(",") || "<none>"),
      ageColumn,
    ],
    setDefaults: (object) => mapField(object, "spec", (spec) => fillAbsent(spec, DEFAULTS)),
    prepareForCreate: dropDisabledFields,
    prepareForUpdate: dropDisabledFields,
    validate: ({ spec }) => validateSpec(spec, "spec"),
    validateUpdate,
    warnings: tokenWarnings,
    hasGeneration: "fromFirstChange",
    allowUnconditionalUpdate: false,
  },
);

function booleanColumn(name: string, value: (spec: CSIDriverSpec) => boolean): Column<CSIDriver> {
  return { name, type: "boolean", value: ({ spec }) => value(spec) };
}

function tokenAudiences({ spec: { tokenRequests } }: CSIDriver): string {
  return tokenRequests === undefined ? "<unset>" : tokenRequests.map(({ audience }) => audience).join(",");
}

/** The feature gate VolumeLimitScaling is off by default. */
function dropDisabledFields(object: CSIDriver): CSIDriver {
  return { ...object, spec: omit(object.spec, "preventPodSchedulingIfMissing") };
}

function validateSpec(spec: CSIDriverSpec, path: string): FieldErrors {
  const { tokenRequests = [], serviceAccountTokenInSecrets: inSecrets } = spec;
  return collectErrors(
    // Upstream's path of attachRequired.
    spec.attachRequired === undefined && required(`${path}.attachedRequired`),
    spec.podInfoOnMount === undefined && required(`${path}.podInfoOnMount`),
    spec.storageCapacity === undefined && required(`${path}.storageCapacity`),
    checkSupported(spec.fsGroupPolicy, `${path}.fsGroupPolicy`, FS_GROUP_POLICIES),
    validateTokenRequests(tokenRequests, `${path}.tokenRequests`),
    validateLifecycleModes(spec.volumeLifecycleModes ?? [], `${path}.volumeLifecycleModes`),
    spec.seLinuxMount === undefined && required(`${path}.seLinuxMount`),
    validatePeriod(spec.nodeAllocatableUpdatePeriodSeconds, `${path}.nodeAllocatableUpdatePeriodSeconds`),
    inSecrets !== undefined &&
      tokenRequests.length === 0 &&
      invalid(
        `${path}.serviceAccountTokenInSecrets`,
        inSecrets,
        "serviceAccountTokenInSecrets is set but no tokenRequests are specified",
      ),
  );
}

function validateTokenRequests(requests: readonly TokenRequest[], path: string): FieldErrors {
  const isRepeated = repetitions();
  return validateEach(requests, path, ({ audience, expirationSeconds: seconds }, requestPath) => {
    if (isRepeated(audience)) return [duplicate(`${requestPath}.audience`, audience)];
    const secondsPath = `${requestPath}.expirationSeconds`;
    if (seconds === undefined) return [];
    if (seconds < MIN_TOKEN_SECONDS) {
      return [invalid(secondsPath, seconds, "may not specify a duration less than 10 minutes")];
    }
    return seconds > MAX_TOKEN_SECONDS
      ? [invalid(secondsPath, seconds, "may not specify a duration larger than 2^32 seconds")]
      : [];
  });
}

function validateLifecycleModes(modes: readonly string[], path: string): FieldErrors {
  return modes
    .filter((mode) => !LIFECYCLE_MODES.includes(mode))
    .map((mode) => notSupported(path, mode, LIFECYCLE_MODES));
}

function validatePeriod(seconds: number | undefined, path: string): FieldErrors {
  return seconds !== undefined && seconds < MIN_ALLOCATABLE_PERIOD_SECONDS
    ? [invalid(path, seconds, "must be greater than or equal to 10 seconds")]
    : [];
}

function validateUpdate({ spec: next }: CSIDriver, { spec: previous }: CSIDriver): FieldErrors {
  return collectErrors(
    validateSpec(next, "spec"),
    validateImmutable(next.attachRequired, previous.attachRequired, "spec.attachedRequired"),
    validateImmutable(next.volumeLifecycleModes, previous.volumeLifecycleModes, "spec.volumeLifecycleModes"),
  );
}

function tokenWarnings({ spec }: CSIDriver, previous: CSIDriver | undefined): readonly string[] {
  const { tokenRequests = [], serviceAccountTokenInSecrets } = spec;
  const isSame = semanticallyEqual(previous?.spec.tokenRequests, tokenRequests);
  return tokenRequests.length > 0 && !isSame && serviceAccountTokenInSecrets === undefined
    ? [TOKEN_WARNING]
    : [];
}

import { forbidden, invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1123Label } from "#apimachinery/formats.ts";
import { validateLabels } from "#apimachinery/selectors/label-validation.ts";
import { omit } from "#base/omit.ts";
import { validateClaimSpec } from "../../core/v1/persistentvolumeclaim.validation.ts";
import { validatePodAnnotations } from "../../core/v1/pod-spec/annotations.ts";
import { validatePodTemplate } from "../../core/v1/pod-template.ts";
import type {
  RollingUpdateStatefulSetStrategy,
  StatefulSet,
  StatefulSetPersistentVolumeClaimRetentionPolicy,
  StatefulSetSpec,
  StatefulSetStatus,
  StatefulSetUpdateStrategy,
} from "../../generated/apps-v1.ts";
import type { PodSpec, PodTemplateSpec } from "../../generated/core-v1.ts";
import {
  checkSupported,
  optionalFormat,
  validateEach,
  validateNonNegative,
  validateOptional,
} from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import {
  isZeroIntOrPercent,
  validateAtMost100Percent,
  validateIntOrPercent,
} from "../../validation/int-or-percent.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";
import { validateAnnotations } from "../../validation/object-meta.ts";
import { printedSelector } from "../../validation/printed-selector.ts";
import {
  matcherOf,
  validateEndlessPods,
  validateRequiredSelector,
  validateTemplateLabels,
} from "./pod-selector.ts";
import { validateCollisionCount, validateCounts, validateNotAbove } from "./status-counts.ts";

const ROLLING_UPDATE: InternalForm = { Partition: 0, MaxUnavailable: null };
const STRATEGY: InternalForm = { Type: "", RollingUpdate: ROLLING_UPDATE };

const MUTABLE_FIELDS = [
  "replicas",
  "template",
  "updateStrategy",
  "minReadySeconds",
  "ordinals",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
] as const;

const IMMUTABLE_MESSAGE =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

/** What an update does not look at. */
interface Tolerance {
  readonly allowInvalidServiceName: boolean;
  readonly skipClaims: boolean;
  readonly skipPodTemplate: boolean;
}

const STRICT: Tolerance = { allowInvalidServiceName: false, skipClaims: false, skipPodTemplate: false };
/** Service name and claims never change, so they may stay as they were stored. */
const LENIENT: Tolerance = { ...STRICT, allowInvalidServiceName: true, skipClaims: true };

export function validateStatefulSet({ spec }: StatefulSet): FieldErrors {
  return validateSpec(spec, "spec", STRICT);
}

export function validateStatefulSetUpdate(
  { spec: next }: StatefulSet,
  { spec: previous }: StatefulSet,
): FieldErrors {
  return collectErrors(
    validateSpecUpdate(next, previous),
    !semanticallyEqual(omit(next, ...MUTABLE_FIELDS), omit(previous, ...MUTABLE_FIELDS)) &&
      forbidden("spec", IMMUTABLE_MESSAGE),
  );
}

/** When the stored spec is invalid by today's rules, its template is not held against the update. */
function validateSpecUpdate(next: StatefulSetSpec, previous: StatefulSetSpec): FieldErrors {
  const errors = validateSpec(next, "spec", LENIENT);
  if (errors.length === 0) return errors;
  const wasInvalid = validateSpec(previous, "spec", LENIENT).length > 0;
  return wasInvalid ? validateSpec(next, "spec", { ...LENIENT, skipPodTemplate: true }) : errors;
}

export function validateStatefulSetStatusUpdate(
  { status }: StatefulSet,
  { status: previous }: StatefulSet,
): FieldErrors {
  const counts: Partial<StatefulSetStatus> = status ?? {};
  return collectErrors(
    validateCounts(counts, "status", [
      "replicas",
      "readyReplicas",
      "currentReplicas",
      "updatedReplicas",
      "availableReplicas",
      "observedGeneration",
      "collisionCount",
    ]),
    validateNotAbove(counts, "status", {
      fields: ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"],
      limit: "replicas",
      limitName: "status.replicas",
    }),
    validateNotAbove(counts, "status", {
      fields: ["availableReplicas"],
      limit: "readyReplicas",
      limitName: "status.readyReplicas",
    }),
    validateCollisionCount(status?.collisionCount, previous?.collisionCount, "status.collisionCount"),
  );
}

function validateSpec(spec: StatefulSetSpec, path: string, tolerance: Tolerance): FieldErrors {
  const { selector, template } = spec;
  const matcher = matcherOf(selector);
  return collectErrors(
    validatePodManagement(spec.podManagementPolicy, `${path}.podManagementPolicy`),
    validateStrategy(spec.updateStrategy ?? {}, `${path}.updateStrategy`),
    validateOptional(
      spec.persistentVolumeClaimRetentionPolicy,
      `${path}.persistentVolumeClaimRetentionPolicy`,
      validateRetention,
    ),
    !tolerance.skipClaims &&
      validateEach(spec.volumeClaimTemplates, `${path}.volumeClaimTemplates`, (claim, claimPath) =>
        validateClaimSpec(claim.spec, `${claimPath}.spec`),
      ),
    validateNonNegative(spec.replicas, `${path}.replicas`),
    validateNonNegative(spec.minReadySeconds, `${path}.minReadySeconds`),
    validateNonNegative(spec.ordinals?.start, `${path}.ordinals.start`),
    !tolerance.allowInvalidServiceName &&
      optionalFormat(spec.serviceName, `${path}.serviceName`, checkDNS1123Label),
    validateRequiredSelector(selector, `${path}.selector`, "statefulset"),
    matcher === undefined
      ? invalid(`${path}.selector`, printedSelector(selector), "")
      : [
          ...validateTemplateLabels(matcher, template, `${path}.template`),
          ...validateTemplate(spec, `${path}.template`, tolerance),
        ],
    validateEndlessPods(template, `${path}.template`, "StatefulSet"),
  );
}

function validatePodManagement(policy: string | undefined, path: string): FieldErrors {
  if (!policy) return [required(path)];
  return policy === "OrderedReady" || policy === "Parallel"
    ? []
    : [invalid(path, policy, "must be 'OrderedReady' or 'Parallel'")];
}

function validateStrategy(strategy: StatefulSetUpdateStrategy, path: string): FieldErrors {
  const { type, rollingUpdate } = strategy;
  const updatePath = `${path}.rollingUpdate`;
  if (!type) return [required(path)];
  if (type === "RollingUpdate") return validateOptional(rollingUpdate, updatePath, validateRollingUpdate);
  if (type !== "OnDelete") {
    return [invalid(path, internalForm(strategy, STRATEGY), "must be 'RollingUpdate' or 'OnDelete'")];
  }
  return rollingUpdate === undefined
    ? []
    : [
        invalid(
          updatePath,
          internalForm(rollingUpdate, ROLLING_UPDATE),
          "only allowed for updateStrategy 'RollingUpdate'",
        ),
      ];
}

function validateRollingUpdate(update: RollingUpdateStatefulSetStrategy, path: string): FieldErrors {
  const { partition, maxUnavailable } = update;
  const unavailablePath = `${path}.maxUnavailable`;
  return collectErrors(
    validateNonNegative(partition, `${path}.partition`),
    validateOptional(maxUnavailable, unavailablePath, validateIntOrPercent),
    maxUnavailable !== undefined &&
      isZeroIntOrPercent(maxUnavailable) &&
      invalid(unavailablePath, maxUnavailable, "cannot be 0"),
    validateOptional(maxUnavailable, unavailablePath, validateAtMost100Percent),
  );
}

function validateRetention(
  { whenDeleted = "", whenScaled = "" }: StatefulSetPersistentVolumeClaimRetentionPolicy,
  path: string,
): FieldErrors {
  const policies = ["Retain", "Delete"];
  return collectErrors(
    checkSupported(whenDeleted, `${path}.whenDeleted`, policies),
    checkSupported(whenScaled, `${path}.whenScaled`, policies),
  );
}

/** Upstream looks at labels and annotations of the template twice. */
function validateTemplate(spec: StatefulSetSpec, path: string, { skipPodTemplate }: Tolerance): FieldErrors {
  const { metadata: { labels, annotations } = {}, spec: podSpec = { containers: [] } } = spec.template;
  return collectErrors(
    !skipPodTemplate && validatePodTemplate(templateOfPods(spec), path),
    validateLabels(labels, `${path}.labels`),
    validateAnnotations(annotations, `${path}.annotations`),
    validatePodAnnotations(annotations, podSpec, `${path}.annotations`),
  );
}

/** The template as the controller completes it: with its own host names, and claims for volumes. */
function templateOfPods({ template, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec {
  if (template.spec === undefined) return template;
  const spec: PodSpec = omit(template.spec, "hostname", "subdomain");
  const claims = new Set(volumeClaimTemplates.map(({ metadata }) => metadata.name));
  if (claims.size === 0) return { ...template, spec };
  const claimed = [...claims].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const others = (spec.volumes ?? []).filter(({ name }) => !claims.has(name));
  return { ...template, spec: { ...spec, volumes: [...claimed, ...others] } };
}

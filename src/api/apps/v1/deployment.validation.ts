import { forbidden, invalid, notSupported, required } from "#apimachinery/field-error.ts";
import type {
  Deployment,
  DeploymentSpec,
  DeploymentStrategy,
  RollingUpdateDeployment,
} from "../../generated/apps-v1.ts";
import { validateNonNegative } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import {
  isZeroIntOrPercent,
  validateAtMost100Percent,
  validateIntOrPercent,
} from "../../validation/int-or-percent.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";
import { validateSelectorKept } from "./pod-selector.ts";
import { validateReplicaTemplate } from "./replicaset.validation.ts";
import { validateCollisionCount, validateCounts, validateNotAbove } from "./status-counts.ts";

const STRATEGY: InternalForm = { Type: "", RollingUpdate: { MaxUnavailable: 0, MaxSurge: 0 } };

export function validateDeployment({ spec }: Deployment): FieldErrors {
  return validateSpec(spec, "spec");
}

export function validateDeploymentUpdate(next: Deployment, previous: Deployment): FieldErrors {
  return collectErrors(
    validateSpec(next.spec, "spec", previous.spec),
    validateSelectorKept(next.spec.selector, previous.spec.selector, "spec.selector"),
  );
}

export function validateDeploymentStatusUpdate(
  { status = {} }: Deployment,
  { status: previous }: Deployment,
): FieldErrors {
  return collectErrors(
    validateCounts(status, "status", [
      "observedGeneration",
      "replicas",
      "updatedReplicas",
      "readyReplicas",
      "availableReplicas",
      "unavailableReplicas",
      "terminatingReplicas",
      "collisionCount",
    ]),
    validateNotAbove(status, "status", {
      fields: ["updatedReplicas", "readyReplicas", "availableReplicas"],
      limit: "replicas",
      limitName: "status.replicas",
    }),
    validateNotAbove(status, "status", {
      fields: ["availableReplicas"],
      limit: "readyReplicas",
      limitName: "readyReplicas",
    }),
    validateCollisionCount(status.collisionCount, previous?.collisionCount, "status.collisionCount"),
  );
}

function validateSpec(spec: DeploymentSpec, path: string, previous?: DeploymentSpec): FieldErrors {
  const { minReadySeconds = 0, progressDeadlineSeconds: deadline } = spec;
  const deadlinePath = `${path}.progressDeadlineSeconds`;
  return collectErrors(
    validateNonNegative(spec.replicas, `${path}.replicas`),
    validateReplicaTemplate(spec, path, previous),
    validateStrategy(spec.strategy ?? {}, `${path}.strategy`),
    validateNonNegative(minReadySeconds, `${path}.minReadySeconds`),
    validateNonNegative(spec.revisionHistoryLimit, `${path}.revisionHistoryLimit`),
    validateNonNegative(deadline, deadlinePath),
    deadline !== undefined &&
      deadline <= minReadySeconds &&
      invalid(deadlinePath, deadline, "must be greater than minReadySeconds"),
  );
}

function validateStrategy(strategy: DeploymentStrategy, path: string): FieldErrors {
  const { type, rollingUpdate } = strategy;
  const updatePath = `${path}.rollingUpdate`;
  if (type === "RollingUpdate") {
    return rollingUpdate === undefined
      ? [required(updatePath, "this should be defaulted and never be nil")]
      : validateRollingUpdate(rollingUpdate, updatePath);
  }
  if (type !== "Recreate") {
    return [notSupported(path, internalForm(strategy, STRATEGY), ["Recreate", "RollingUpdate"])];
  }
  return rollingUpdate === undefined
    ? []
    : [forbidden(updatePath, "may not be specified when strategy `type` is 'Recreate'")];
}

function validateRollingUpdate(update: RollingUpdateDeployment, path: string): FieldErrors {
  const { maxUnavailable = 0, maxSurge = 0 } = update;
  const unavailablePath = `${path}.maxUnavailable`;
  return collectErrors(
    validateIntOrPercent(maxUnavailable, unavailablePath),
    validateIntOrPercent(maxSurge, `${path}.maxSurge`),
    isZeroIntOrPercent(maxUnavailable) &&
      isZeroIntOrPercent(maxSurge) &&
      invalid(unavailablePath, maxUnavailable, "may not be 0 when `maxSurge` is 0"),
    validateAtMost100Percent(maxUnavailable, unavailablePath),
  );
}

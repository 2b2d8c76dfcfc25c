import { statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { parseDuration } from "#apimachinery/duration.ts";
import { type FieldError, invalid, notSupported, required } from "#apimachinery/field-error.ts";
import { conditionsOf } from "../webhook/lazy-conditions.ts";
import type { ConnectionInfo, WebhookDocument } from "./configuration-document.ts";

const MAX_TIMEOUT = parseDuration("30s");
const POLICIES = ["NoOpinion", "Deny"];

/** `path` is that of the authorizer: upstream has it so. */
export function validateWebhook(webhook: WebhookDocument, path: string): readonly FieldError[] {
  const expressions = (webhook.matchConditions ?? []).map(({ expression }) => expression);
  return [
    ...durationErrors(webhook.timeout, `${path}.timeout`, "must be > 0s and <= 30s", MAX_TIMEOUT),
    ...durationErrors(webhook.authorizedTTL, `${path}.authorizedTTL`, "must be > 0s"),
    ...durationErrors(webhook.unauthorizedTTL, `${path}.unauthorizedTTL`, "must be > 0s"),
    ...choiceErrors(webhook.subjectAccessReviewVersion, `${path}.subjectAccessReviewVersion`, [
      "v1",
      "v1beta1",
    ]),
    ...conditionVersionErrors(webhook, `${path}.matchConditionSubjectAccessReviewVersion`),
    ...choiceErrors(webhook.failurePolicy, `${path}.failurePolicy`, POLICIES),
    ...connectionErrors(webhook.connectionInfo, `${path}.connectionInfo`),
    ...conditionsOf(expressions, `${path}.matchConditions`).errors,
  ];
}

function durationErrors(text: string, field: string, rule: string, max?: bigint): readonly FieldError[] {
  const nanos = parseDuration(text);
  if (nanos === 0n) return [required(field)];
  return nanos < 0n || (max !== undefined && nanos > max) ? [invalid(field, text, rule)] : [];
}

function choiceErrors(value: string, field: string, choices: readonly string[]): readonly FieldError[] {
  if (value === "") return [required(field)];
  return choices.includes(value) ? [] : [notSupported(field, value, choices)];
}

function conditionVersionErrors(
  { matchConditions, matchConditionSubjectAccessReviewVersion: version }: WebhookDocument,
  field: string,
): readonly FieldError[] {
  if (version !== "") return choiceErrors(version, field, ["v1"]);
  const hasConditions = (matchConditions ?? []).length > 0;
  return hasConditions ? [required(field, "required if match conditions are specified")] : [];
}

function connectionErrors(connection: ConnectionInfo, path: string): readonly FieldError[] {
  const { type, kubeConfigFile } = connection;
  const field = `${path}.kubeConfigFile`;
  switch (type) {
    case "":
      return [required(`${path}.type`)];
    case "InClusterConfig":
      // Upstream's API server has no use for it either, but finds out too late.
      return kubeConfigFile === undefined
        ? [invalid(`${path}.type`, type, "not allowed for kube-apiserver")]
        : [invalid(field, kubeConfigFile, "can only be set when type=KubeConfigFile")];
    case "KubeConfigFile":
      return fileErrors(kubeConfigFile, field);
    default: {
      const shown = { Type: type, KubeConfigFile: kubeConfigFile ?? null };
      return [notSupported(`${path}.type`, shown, ["InClusterConfig", "KubeConfigFile"])];
    }
  }
}

function fileErrors(file: string | undefined, field: string): readonly FieldError[] {
  if (file === undefined || file === "") return [required(field)];
  if (!isAbsolute(file)) return [invalid(field, file, "must be an absolute path")];
  try {
    return statSync(file).isFile() ? [] : [invalid(field, file, "must be a regular file")];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [invalid(field, file, `error loading file: ${reason}`)];
  }
}

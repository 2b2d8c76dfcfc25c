/** Validation of webhooks of both kinds (upstream pkg/apis/admissionregistration/validation/validation.go). */
import { duplicate, indexPath, invalid, notSupported, required } from "#apimachinery/field-error.ts";
import { checkDNS1035Label } from "#apimachinery/formats.ts";
import { validateLabelSelector } from "#apimachinery/selectors/label-validation.ts";
import type {
  MutatingWebhook,
  ValidatingWebhook,
  WebhookClientConfig,
} from "../../generated/admissionregistration-v1.ts";
import { checkFormat, checkSupported, validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateFullyQualifiedName } from "../../validation/domain-names.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { isEmptyList, repetitions } from "../../validation/lists.ts";
import { validateWebhookService, validateWebhookUrl } from "../../validation/webhook-client.ts";
import { validateMatchConditions } from "./match-conditions.validation.ts";
import { FAILURE_POLICIES, MATCH_POLICIES, REINVOCATION_POLICIES } from "./policy-names.ts";
import { validateRule } from "./rules.validation.ts";

/** Only mutating ones have a reinvocation policy. */
type Webhook = MutatingWebhook | ValidatingWebhook;
type Webhooks = readonly Webhook[];

const SIDE_EFFECTS: readonly string[] = ["None", "NoneOnDryRun", "Some", "Unknown"];
const NO_SIDE_EFFECTS: readonly string[] = ["None", "NoneOnDryRun"];
/** Versions of AdmissionReview. */
const REVIEW_VERSIONS: readonly string[] = ["v1", "v1beta1"];
const PATH = "webhooks";

/** What may stay as it is because it was so before. */
interface WebhookOptions {
  readonly ignoreMatchConditions?: boolean;
  readonly allowSideEffects?: boolean;
  readonly allowUnknownVersions?: boolean;
  readonly allowRepeatedNames?: boolean;
  readonly allowInvalidLabelValues?: boolean;
}

export function validateWebhooks(webhooks: Webhooks = [], previous?: Webhooks): FieldErrors {
  const options = previous === undefined ? {} : optionsFor(webhooks, previous);
  const isRepeated = repetitions();
  return webhooks.flatMap((webhook, index) => {
    const path = indexPath(PATH, index);
    const { name, admissionReviewVersions } = webhook;
    return collectErrors(
      validateWebhook(webhook, path, options),
      validateReviewVersions(admissionReviewVersions, `${path}.admissionReviewVersions`, options),
      name !== "" &&
        options.allowRepeatedNames !== true &&
        isRepeated(name) &&
        duplicate(`${path}.name`, name),
    );
  });
}

function optionsFor(webhooks: Webhooks, previous: Webhooks): WebhookOptions {
  const conditions = (list: Webhooks) => list.map(({ matchConditions = [] }) => matchConditions);
  return {
    ignoreMatchConditions: semanticallyEqual(conditions(webhooks), conditions(previous)),
    allowSideEffects: previous.some(({ sideEffects = "" }) => !NO_SIDE_EFFECTS.includes(sideEffects)),
    allowUnknownVersions: previous.some(
      ({ admissionReviewVersions: versions }) => versions.length > 0 && !hasKnownVersion(versions),
    ),
    allowRepeatedNames: previous.map(({ name }) => name).some(repetitions()),
    allowInvalidLabelValues: previous.some(
      ({ namespaceSelector, objectSelector }) =>
        validateLabelSelector(namespaceSelector, "").length > 0 ||
        validateLabelSelector(objectSelector, "").length > 0,
    ),
  };
}

function validateWebhook(webhook: Webhook, path: string, options: WebhookOptions): FieldErrors {
  const { sideEffects, timeoutSeconds } = webhook;
  const labels = { allowInvalidLabelValues: options.allowInvalidLabelValues === true };
  const effects = options.allowSideEffects === true ? SIDE_EFFECTS : NO_SIDE_EFFECTS;
  return collectErrors(
    validateFullyQualifiedName(webhook.name, `${path}.name`),
    validateEach(webhook.rules, `${path}.rules`, validateRule),
    checkSupported(webhook.failurePolicy, `${path}.failurePolicy`, FAILURE_POLICIES),
    checkSupported(webhook.matchPolicy, `${path}.matchPolicy`, MATCH_POLICIES),
    sideEffects === undefined && required(`${path}.sideEffects`, `must specify one of ${effects.join(", ")}`),
    sideEffects !== undefined &&
      !effects.includes(sideEffects) &&
      notSupported(`${path}.sideEffects`, sideEffects, effects),
    timeoutSeconds !== undefined &&
      (timeoutSeconds < 1 || timeoutSeconds > 30) &&
      invalid(`${path}.timeoutSeconds`, timeoutSeconds, "the timeout value must be between 1 and 30 seconds"),
    validateLabelSelector(webhook.namespaceSelector, `${path}.namespaceSelector`, labels),
    validateLabelSelector(webhook.objectSelector, `${path}.objectSelector`, labels),
    "reinvocationPolicy" in webhook &&
      checkSupported(webhook.reinvocationPolicy, `${path}.reinvocationPolicy`, REINVOCATION_POLICIES),
    validateClient(webhook.clientConfig, `${path}.clientConfig`),
    options.ignoreMatchConditions !== true &&
      validateMatchConditions(webhook.matchConditions, `${path}.matchConditions`),
  );
}

function validateClient({ url, service }: WebhookClientConfig, path: string): FieldErrors {
  if ((url === undefined) === (service === undefined)) {
    return [required(path, "exactly one of url or service is required")];
  }
  return collectErrors(
    url !== undefined && validateWebhookUrl(url, `${path}.url`),
    service !== undefined && validateWebhookService(service, `${path}.service`),
  );
}

function validateReviewVersions(
  versions: readonly string[],
  path: string,
  options: WebhookOptions,
): FieldErrors {
  const known = REVIEW_VERSIONS.join(", ");
  if (isEmptyList(versions)) return [required(path, `must specify one of ${known}`)];
  const isRepeated = repetitions();
  return collectErrors(
    validateEach(versions, path, (version, versionPath) =>
      isRepeated(version)
        ? [invalid(versionPath, version, "duplicate version")]
        : checkFormat(version, versionPath, checkDNS1035Label),
    ),
    options.allowUnknownVersions !== true &&
      !hasKnownVersion(versions) &&
      invalid(path, versions, `must include at least one of ${known}`),
  );
}

function hasKnownVersion(versions: readonly string[]): boolean {
  return versions.some((version) => REVIEW_VERSIONS.includes(version));
}

import { type FieldError, forbidden, invalid, required } from "#apimachinery/field-error.ts";
import { checkDNS1035Label } from "#apimachinery/formats.ts";
import type {
  CustomResourceConversion,
  WebhookClientConfig,
  WebhookConversion,
} from "../../generated/apiextensions-v1.ts";
import { checkFormat, requireSupported, validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { repetitions } from "../../validation/lists.ts";
import { readPemBlocks } from "../../validation/pem.ts";
import { validateWebhookService, validateWebhookUrl } from "../../validation/webhook-client.ts";
import { certificateProblem } from "../../validation/x509.ts";

const STRATEGIES = ["None", "Webhook"];
/** Versions of ConversionReview. */
const REVIEW_VERSIONS: readonly string[] = ["v1", "v1beta1"];
const NO_WEBHOOK = "should not be set when strategy is not set to Webhook";

/** Errors name the fields of a webhook as upstream's internal type does, which has them in the conversion itself. */
export function validateConversion(
  { strategy, webhook }: CustomResourceConversion,
  path: string,
  allowInvalidCaBundle: boolean,
): FieldErrors {
  return collectErrors(
    requireSupported(strategy, `${path}.strategy`, STRATEGIES),
    strategy === "Webhook"
      ? validateWebhook(webhook, path, allowInvalidCaBundle)
      : validateNoWebhook(webhook, path),
  );
}

function validateNoWebhook(webhook: WebhookConversion | undefined, path: string): FieldErrors {
  return collectErrors(
    webhook?.clientConfig !== undefined && forbidden(`${path}.webhookClientConfig`, NO_WEBHOOK),
    (webhook?.conversionReviewVersions.length ?? 0) > 0 &&
      forbidden(`${path}.conversionReviewVersions`, NO_WEBHOOK),
  );
}

function validateWebhook(
  webhook: WebhookConversion | undefined,
  path: string,
  allowInvalidCaBundle: boolean,
): FieldErrors {
  const client = webhook?.clientConfig;
  return collectErrors(
    client === undefined
      ? required(`${path}.webhookClientConfig`, "required when strategy is set to Webhook")
      : validateClient(client, `${path}.webhookClientConfig`, allowInvalidCaBundle),
    validateReviewVersions(webhook?.conversionReviewVersions ?? [], `${path}.conversionReviewVersions`),
  );
}

function validateClient(
  { url, service, caBundle = "" }: WebhookClientConfig,
  path: string,
  allowInvalidCaBundle: boolean,
): FieldErrors {
  const isOne = (url === undefined) !== (service === undefined);
  const problem = allowInvalidCaBundle ? undefined : caBundleProblem(caBundle);
  return collectErrors(
    !isOne && required(path, "exactly one of url or service is required"),
    isOne && url !== undefined && validateWebhookUrl(url, `${path}.url`),
    isOne && service !== undefined && validateWebhookService(service, `${path}.service`),
    problem !== undefined &&
      invalid(`${path}.caBundle`, caBundle, `unable to load root certificates: ${problem}`),
  );
}

/** Why there is no certificate in a bundle, which is base64; nothing is wrong with an empty one. */
export function caBundleProblem(caBundle: string): string | undefined {
  if (caBundle === "") return undefined;
  const blocks = readPemBlocks(atob(caBundle));
  const certificates = blocks.filter(({ type, hasHeaders }) => type === "CERTIFICATE" && !hasHeaders);
  const problems = certificates.map(({ bytes }) => certificateProblem(bytes));
  if (problems.includes(undefined)) return undefined;
  const [problem] = problems;
  if (problem !== undefined) return `failed to parse certificate: ${problem}`;
  return blocks.length === 0
    ? "unable to parse bytes as PEM block"
    : "no valid certificate authority data seen";
}

function validateReviewVersions(versions: readonly string[], path: string): readonly FieldError[] {
  if (versions.length === 0) return [required(path)];
  const isRepeated = repetitions();
  return collectErrors(
    validateEach(versions, path, (version, versionPath) =>
      isRepeated(version)
        ? [invalid(versionPath, version, "duplicate version")]
        : checkFormat(version, versionPath, checkDNS1035Label),
    ),
    !versions.some((version) => REVIEW_VERSIONS.includes(version)) &&
      invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(", ")}`),
  );
}

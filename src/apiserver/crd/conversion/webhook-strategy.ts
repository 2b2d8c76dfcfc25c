import type { CustomResourceDefinition } from "#api/generated/apiextensions-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { StatusError, unclassified } from "#apimachinery/status-error.ts";
import type { WebhookClient } from "../../webhook/webhook-client.ts";
import { acceptConverted, ConvertedObjectError } from "./accept-converted.ts";
import { convertedObjects, createReview, kindText } from "./conversion-review.ts";
import type { ConversionStrategy } from "./conversion-strategy.ts";

export interface WebhookStrategyDependencies {
  readonly webhooks: Pick<WebhookClient, "call">;
  readonly newUid: () => string;
  /** Aborts when the server stops. */
  readonly signal: AbortSignal;
}

/**
 * The strategy `Webhook`: all objects of a call are sent in one review. Rejects with a StatusError that says what the
 * webhook did wrong; then none of them is converted.
 */
export function webhookStrategy(
  read: () => CustomResourceDefinition,
  { webhooks, newUid, signal }: WebhookStrategyDependencies,
): ConversionStrategy {
  return async (objects, apiVersion) => {
    const [first] = objects;
    if (first === undefined) return [];
    const { clientConfig, conversionReviewVersions } = read().spec.conversion?.webhook ?? {};
    const converted = await failingFor(first, async () => {
      const request = { uid: newUid(), desiredAPIVersion: apiVersion, objects };
      const review = createReview(conversionReviewVersions ?? [], request);
      // Validation has let nothing pass that has no client config.
      return convertedObjects(await webhooks.call(clientConfig ?? {}, review, { signal }), review);
    });
    return acceptAll(objects, converted, apiVersion);
  };
}

async function failingFor<T>(object: KubeObject, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw failure(object, `failed: ${message}`, error);
  }
}

function acceptAll(
  objects: readonly KubeObject[],
  converted: readonly unknown[],
  apiVersion: string,
): readonly KubeObject[] {
  const [first] = objects;
  if (first !== undefined && converted.length !== objects.length) {
    const [got, expected] = [String(converted.length), String(objects.length)];
    throw failure(first, `returned ${got} objects, expected ${expected}`);
  }
  return objects.map((object, index) => {
    try {
      return acceptConverted(object, converted[index], apiVersion);
    } catch (error) {
      if (!(error instanceof ConvertedObjectError)) throw error;
      throw failure(
        object,
        `returned invalid ${placeOf(error, index, objects.length)}: ${error.message}`,
        error,
      );
    }
  });
}

function placeOf({ part }: ConvertedObjectError, index: number, count: number): string {
  if (count === 1) return part;
  return part === "metadata"
    ? `metadata in object at index ${String(index)}`
    : `converted object at index ${String(index)}`;
}

function failure(object: KubeObject, problem: string, cause?: unknown): StatusError {
  const { status } = unclassified(`conversion webhook for ${kindText(object)} ${problem}`);
  return new StatusError(status, { cause });
}

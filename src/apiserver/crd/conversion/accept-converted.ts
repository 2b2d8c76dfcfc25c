/** What a conversion webhook may change of an object (upstream pkg/apiserver/conversion/webhook_converter.go). */
import { validateAnnotations } from "#api/validation/object-meta.ts";
import { type FieldError, formatFieldError } from "#apimachinery/field-error.ts";
import { goTypeOf } from "#apimachinery/go-text.ts";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { validateLabels } from "#apimachinery/selectors/label-validation.ts";
import { aggregate } from "#apimachinery/status-error.ts";
import { omit } from "#base/omit.ts";

/** Why an answer cannot be taken: which part of the object is wrong, and what is wrong with it. */
export class ConvertedObjectError extends Error {
  readonly part: "object" | "metadata";

  constructor(part: "object" | "metadata", message: string) {
    super(message);
    this.part = part;
  }
}

/**
 * The converted object with the metadata of the original one, of which only labels and annotations are the webhook's to
 * change. Throws a ConvertedObjectError for what is another object, or none of the wanted version.
 */
export function acceptConverted(original: KubeObject, converted: unknown, apiVersion: string): KubeObject {
  if (!isJsonObject(converted)) throw wrong("Object 'Kind' is missing");
  requireVersion(original, converted, apiVersion);
  requireIdentity(original, converted);
  const metadata = restoreMetadata(original.metadata, converted["metadata"]);
  return { ...converted, apiVersion, kind: original.kind, metadata };
}

function requireVersion(original: KubeObject, converted: JsonObject, apiVersion: string): void {
  const [got, kind] = [textOf(converted["apiVersion"]), textOf(converted["kind"])];
  if (got !== apiVersion) throw wrong(`invalid groupVersion (expected ${apiVersion}, received ${got})`);
  if (kind !== original.kind) throw wrong(`invalid kind (expected ${original.kind}, received ${kind})`);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

const IDENTITY = { name: "name", namespace: "namespace", uid: "UID" } as const;

function requireIdentity({ metadata }: KubeObject, converted: JsonObject): void {
  const received = isJsonObject(converted["metadata"]) ? converted["metadata"] : {};
  for (const [field, name] of Object.entries(IDENTITY)) {
    const [before, after] = [metadata[field as keyof typeof IDENTITY] ?? "", textOf(received[field])];
    if (before !== after) throw wrong(`must have the same ${name}: ${before} != ${after}`);
  }
}

function restoreMetadata(original: KubeObject["metadata"], received: unknown): KubeObject["metadata"] {
  if (received === undefined) throw wrongMetadata("missing metadata in converted object");
  if (!isJsonObject(received)) {
    throw wrongMetadata(`invalid metadata of type ${goTypeOf(received)} in converted object`);
  }
  const labels = textsOf("labels", received, original.labels, (texts) =>
    validateLabels(texts, "metadata.labels"),
  );
  const annotations = textsOf("annotations", received, original.annotations, (texts) =>
    // The path is upstream's.
    validateAnnotations(texts, "metadata.annotation"),
  );
  return {
    ...omit(original, "labels", "annotations"),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  };
}

type Texts = Readonly<Record<string, string>>;

/** Labels or annotations; what has been there before is not checked again. */
function textsOf(
  name: "labels" | "annotations",
  metadata: JsonObject,
  original: Texts = {},
  validate: (texts: Texts) => readonly FieldError[],
): Texts | undefined {
  const received = metadata[name] ?? undefined;
  if (received === undefined) return undefined;
  if (!isJsonObject(received)) {
    throw wrongMetadata(`invalid metadata.${name} of type ${goTypeOf(received)} in converted object`);
  }
  for (const [key, value] of Object.entries(received)) {
    if (typeof value === "string") continue;
    const type = goTypeOf(value);
    throw wrongMetadata(`metadata.${name}[${key}] must be a string, but is ${type} in converted object`);
  }
  const texts = received as Texts;
  const errors = Bun.deepEquals(texts, original) ? [] : validate(texts);
  if (errors.length > 0) throw wrongMetadata(aggregate(errors.map(formatFieldError)));
  return texts;
}

function wrong(message: string): ConvertedObjectError {
  return new ConvertedObjectError("object", message);
}

function wrongMetadata(message: string): ConvertedObjectError {
  return new ConvertedObjectError("metadata", message);
}

import { type FieldError, invalid, required } from "#apimachinery/field-error.ts";
import { recordOf, unknownFields } from "../../parse-document.ts";

/** Whom to ask about the images of pods, and how long what they say is good. */
export interface ImagePolicy {
  readonly kubeConfigFile: string;
  readonly allowTtlMs: number;
  readonly denyTtlMs: number;
  /** Between the first two attempts. */
  readonly retryBackoffMs: number;
  /** Whether pods may be made while nobody answers. */
  readonly defaultAllow: boolean;
}

const MINUTE_MS = 60_000;
const FIELDS = ["kubeConfigFile", "allowTTL", "denyTTL", "retryBackoff", "defaultAllow"];

/** The configuration in a document, or what is wrong with it (kube-apiserver `imagepolicy/config.go`). */
export function parseImagePolicy(
  document: unknown,
): ImagePolicy | { readonly errors: readonly FieldError[] } {
  const root = recordOf(document);
  const policy = recordOf(root["imagePolicy"]);
  const { kubeConfigFile = "", defaultAllow = false } = policy;
  const allow = timeOf(policy, "allowTTL", { unitMs: 1000, maxMs: 30 * MINUTE_MS, fallback: 5 * MINUTE_MS });
  const deny = timeOf(policy, "denyTTL", { unitMs: 1000, maxMs: 30 * MINUTE_MS, fallback: 30_000 });
  const backoff = timeOf(policy, "retryBackoff", { unitMs: 1, maxMs: 5 * MINUTE_MS, fallback: 500 });
  const errors = [
    ...unknownFields(root, ["imagePolicy"], ""),
    ...unknownFields(policy, FIELDS, "imagePolicy"),
    ...(typeof kubeConfigFile === "string" && kubeConfigFile !== ""
      ? []
      : [required("imagePolicy.kubeConfigFile")]),
    ...[allow, deny, backoff].flatMap((each) => each.errors),
  ];
  if (errors.length > 0) return { errors };
  return {
    kubeConfigFile: String(kubeConfigFile),
    allowTtlMs: allow.ms,
    denyTtlMs: deny.ms,
    retryBackoffMs: backoff.ms,
    defaultAllow: defaultAllow === true,
  };
}

interface Span {
  readonly unitMs: number;
  readonly maxMs: number;
  readonly fallback: number;
}

/** -1 is no time at all, 0 the default. */
function timeOf(
  policy: Readonly<Record<string, unknown>>,
  field: string,
  { unitMs, maxMs, fallback }: Span,
): { readonly ms: number; readonly errors: readonly FieldError[] } {
  const value = policy[field] ?? 0;
  if (value === -1) return { ms: 0, errors: [] };
  if (value === 0) return { ms: fallback, errors: [] };
  const ms = Number(value) * unitMs;
  // What is exactly one second is too short upstream, too.
  const isValid = Number.isInteger(value) && ms > (unitMs === 1000 ? 1000 : 0) && ms <= maxMs;
  const bounds = unitMs === 1000 ? "1s and 30m0s" : "1ns and 5m0s";
  const errors = isValid ? [] : [invalid(`imagePolicy.${field}`, value, `valid value is between ${bounds}`)];
  return { ms, errors };
}

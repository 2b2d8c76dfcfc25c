import { type FieldError, indexPath, invalid, notSupported } from "#apimachinery/field-error.ts";
import { recordOf, typeErrors, unknownFields } from "../../parse-document.ts";

const API_VERSION = "eventratelimit.admission.k8s.io/v1alpha1";

/** What shares a limit. */
const LIMIT_TYPES = ["Server", "Namespace", "User", "SourceAndObject"] as const;
export type LimitType = (typeof LIMIT_TYPES)[number];

export interface EventLimit {
  readonly type: LimitType;
  /** Events a second. */
  readonly qps: number;
  readonly burst: number;
  /** Of how many namespaces, users or objects is known how much they have sent; 0 for the default. */
  readonly cacheSize?: number;
}

/** The configuration in a document, or what is wrong with it (kube-apiserver `eventratelimit/validation`). */
export function parseEventLimits(
  document: unknown,
): readonly EventLimit[] | { readonly errors: readonly FieldError[] } {
  const root = recordOf(document);
  const limits: readonly unknown[] = Array.isArray(root["limits"]) ? root["limits"] : [];
  const errors = [
    ...typeErrors(root, API_VERSION, "Configuration"),
    ...unknownFields(root, ["limits"], ""),
    ...(limits.length === 0 ? [invalid("limits", root["limits"], "must not be empty")] : []),
    ...limits.flatMap((limit, index) => limitErrors(recordOf(limit), indexPath("limits", index))),
  ];
  // Their fields have been checked.
  return errors.length > 0 ? { errors } : (limits as readonly EventLimit[]);
}

function limitErrors(limit: Readonly<Record<string, unknown>>, path: string): readonly FieldError[] {
  const { type, burst, qps, cacheSize = 0 } = limit;
  const isCount = (value: unknown): value is number => Number.isInteger(value);
  return [
    ...unknownFields(limit, ["type", "qps", "burst", "cacheSize"], path),
    ...(LIMIT_TYPES.some((each) => each === type) ? [] : [notSupported(`${path}.type`, type, LIMIT_TYPES)]),
    ...(isCount(burst) && burst > 0 ? [] : [invalid(`${path}.burst`, burst ?? 0, "must be positive")]),
    ...(isCount(qps) && qps > 0 ? [] : [invalid(`${path}.qps`, qps ?? 0, "must be positive")]),
    ...(type === "Server" || (isCount(cacheSize) && cacheSize >= 0)
      ? []
      : [invalid(`${path}.cacheSize`, cacheSize, "must not be negative")]),
  ];
}

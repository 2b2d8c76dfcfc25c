import type { ScopedResourceSelectorRequirement } from "../../../generated/core-v1.ts";

/**
 * Whether a requirement holds for an object that has this value, or none. As with labels, what must not be one of
 * some values may be nothing.
 */
export function matchesValue(
  { operator, values = [] }: ScopedResourceSelectorRequirement,
  value: string | undefined,
): boolean {
  switch (operator) {
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
  }
}

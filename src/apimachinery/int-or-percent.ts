import type { IntOrString } from "./generated/meta-v1.ts";
import { quote } from "./go-text.ts";

/**
 * What `maxSurge: 25%` or `maxUnavailable: 1` mean for `total` replicas (apimachinery `util/intstr`). Throws a
 * RangeError with upstream's message for a text that is no percentage.
 */
export function resolveIntOrPercent(value: IntOrString, total: number, rounding: "up" | "down"): number {
  if (typeof value === "number") return value;
  const percentage = parsePercent(value);
  const exact = (percentage * total) / 100;
  return rounding === "up" ? Math.ceil(exact) : Math.floor(exact);
}

function parsePercent(text: string): number {
  if (!text.endsWith("%")) {
    throw new RangeError("invalid value for IntOrString: invalid type: string is not a percentage");
  }
  const number = text.slice(0, -1);
  if (!/^[+-]?[0-9]+$/.test(number)) {
    throw new RangeError(
      `invalid value for IntOrString: invalid value ${quote(text)}: strconv.Atoi: parsing ${quote(number)}: invalid syntax`,
    );
  }
  return Number(number);
}

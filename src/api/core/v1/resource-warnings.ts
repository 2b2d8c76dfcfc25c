import { keyPath } from "#apimachinery/field-error.ts";
import { parseQuantity, quantityMilliValue } from "#apimachinery/quantity.ts";
import type { ResourceList } from "../../validation/resources.ts";

/** Warns of amounts of bytes that are not whole, for those of the given resources that a list has. */
export function fractionalByteWarnings(
  list: ResourceList | undefined,
  path: string,
  names: readonly string[],
): readonly string[] {
  return names.flatMap((name) => {
    const text = list?.[name];
    if (text === undefined || quantityMilliValue(parseQuantity(text)) % 1000 === 0) return [];
    return [
      `${keyPath(path, name)}: fractional byte value ${JSON.stringify(text)} is invalid, must be an integer`,
    ];
  });
}

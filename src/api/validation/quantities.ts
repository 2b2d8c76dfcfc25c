import { type FieldError, invalid } from "#apimachinery/field-error.ts";
import { isNegativeQuantity, parseQuantity } from "#apimachinery/quantity.ts";
import { NEGATIVE_MESSAGE } from "./checks.ts";

/** Decoding has made sure that the text is a quantity. */
export function validateNonNegativeQuantity(quantity: string, path: string): readonly FieldError[] {
  return isNegativeQuantity(parseQuantity(quantity)) ? [invalid(path, quantity, NEGATIVE_MESSAGE)] : [];
}

/** k8s.io/apiserver pkg/cel/library/quantity.go. */
import {
  addQuantities,
  compareQuantities,
  type ParsedQuantity,
  parseQuantity,
  QuantityError,
  quantityNumber,
  quantityOf,
  subtractQuantities,
} from "#apimachinery/quantity.ts";
import { declare, method, overload } from "../types/function.ts";
import { BOOL, DOUBLE, INT, objectType, STRING } from "../types/type.ts";
import { intOf } from "../values/arithmetic.ts";
import { equalObject } from "../values/equality.ts";
import { CelError, CelObject, type CelValue, isError, type Result } from "../values/value.ts";
import type { Library } from "./library.ts";

export const QUANTITY_TYPE = objectType("kubernetes.Quantity");
const NANOS = 1_000_000_000n;

/** A quantity; quantities of the same amount are equal, whatever their suffixes. */
export class CelQuantity extends CelObject {
  readonly type = QUANTITY_TYPE;
  readonly quantity: ParsedQuantity;

  constructor(quantity: ParsedQuantity) {
    super();
    this.quantity = quantity;
  }

  override equals(other: CelValue): Result {
    return equalObject(other, CelQuantity, ({ quantity }) => quantity.nanos === this.quantity.nanos);
  }
}

const BOTH = [QUANTITY_TYPE, QUANTITY_TYPE];

export const quantityLibrary: Library = {
  functions: [
    declare("quantity", overload("string_to_quantity", [STRING], QUANTITY_TYPE, readQuantity)),
    declare(
      "isQuantity",
      overload(
        "is_quantity_string",
        [STRING],
        BOOL,
        (text: string) => readQuantity(text) instanceof CelQuantity,
      ),
    ),
    declare(
      "sign",
      overload("quantity_sign", [QUANTITY_TYPE], INT, ({ quantity: { nanos } }: CelQuantity) =>
        nanos < 0n ? -1n : BigInt(nanos > 0n),
      ),
    ),
    declare(
      "isGreaterThan",
      method("quantity_is_greater_than", BOTH, BOOL, (a: CelQuantity, b: CelQuantity) => order(a, b) > 0),
    ),
    declare(
      "isLessThan",
      method("quantity_is_less_than", BOTH, BOOL, (a: CelQuantity, b: CelQuantity) => order(a, b) < 0),
    ),
    declare(
      "compareTo",
      method("quantity_compare_to", BOTH, INT, (a: CelQuantity, b: CelQuantity) => BigInt(order(a, b))),
    ),
    declare(
      "asApproximateFloat",
      method("quantity_get_float", [QUANTITY_TYPE], DOUBLE, ({ quantity }: CelQuantity) =>
        quantityNumber(quantity),
      ),
    ),
    declare(
      "asInteger",
      method(
        "quantity_get_int",
        [QUANTITY_TYPE],
        INT,
        (value: CelQuantity) => integerIn(value) ?? new CelError("cannot convert value to integer"),
      ),
    ),
    declare(
      "isInteger",
      method(
        "quantity_is_integer",
        [QUANTITY_TYPE],
        BOOL,
        (value: CelQuantity) => integerIn(value) !== undefined,
      ),
    ),
    declare(
      "add",
      method(
        "quantity_add",
        BOTH,
        QUANTITY_TYPE,
        (a: CelQuantity, b: CelQuantity) => new CelQuantity(addQuantities(a.quantity, b.quantity)),
      ),
      method(
        "quantity_add_int",
        [QUANTITY_TYPE, INT],
        QUANTITY_TYPE,
        (a: CelQuantity, b: bigint) => new CelQuantity(addQuantities(a.quantity, quantityOf(b))),
      ),
    ),
    declare(
      "sub",
      method(
        "quantity_sub",
        BOTH,
        QUANTITY_TYPE,
        (a: CelQuantity, b: CelQuantity) => new CelQuantity(subtractQuantities(a.quantity, b.quantity)),
      ),
      method(
        "quantity_sub_int",
        [QUANTITY_TYPE, INT],
        QUANTITY_TYPE,
        (a: CelQuantity, b: bigint) => new CelQuantity(subtractQuantities(a.quantity, quantityOf(b))),
      ),
    ),
  ],
};

function readQuantity(text: string): CelQuantity | CelError {
  try {
    return new CelQuantity(parseQuantity(text));
  } catch (error) {
    if (error instanceof QuantityError) return new CelError(error.message);
    throw error;
  }
}

function order(a: CelQuantity, b: CelQuantity): number {
  return compareQuantities(a.quantity, b.quantity);
}

/** Undefined for fractions, and for what does not fit in 64 bits. */
function integerIn({ quantity: { nanos } }: CelQuantity): bigint | undefined {
  const value = nanos % NANOS === 0n ? intOf(nanos / NANOS) : undefined;
  return value === undefined || isError(value) ? undefined : (value as bigint);
}

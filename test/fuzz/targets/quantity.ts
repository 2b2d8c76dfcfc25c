import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  QuantityError,
  quantityMilliValue,
  quantityNumber,
  quantityValue,
  subtractQuantities,
} from "#apimachinery/quantity.ts";
import { ensure, ensureSame, textTarget } from "../engine/target.ts";

/** Quantities such as `1.5Gi`. */
export const target = textTarget({
  seeds: [
    "0",
    "500m",
    "1.5Gi",
    "-1e3",
    "+.5",
    "1E",
    "1E2",
    "00.0001n",
    "9223372036854775807Ei",
    "1e-1000",
    "7.",
  ],
  dictionary: [
    "n",
    "u",
    "m",
    "k",
    "M",
    "G",
    "T",
    "P",
    "E",
    "Ki",
    "Mi",
    "Ei",
    "e",
    "e-",
    "E+",
    ".",
    "-",
    "+",
    "000",
  ],
  grammar: {
    start: [
      "<digits><suffix>",
      "<sign><digits><suffix>",
      "<sign><digits>.<digits><suffix>",
      ".<digits><suffix>",
    ],
    sign: ["", "+", "-"],
    digits: ["1", "<digit>", "<digit><digits>", "000<digits>", "999<digits>"],
    digit: ["0", "1", "5", "7", "8", "9"],
    suffix: [
      "",
      "n",
      "u",
      "m",
      "k",
      "M",
      "G",
      "T",
      "P",
      "E",
      "Ki",
      "Mi",
      "Gi",
      "Ti",
      "Pi",
      "Ei",
      "e<sign><digits>",
      "E<digits>",
    ],
  },
  refusals: [QuantityError],
  open: () => (text) => {
    const quantity = parseQuantity(text);
    return () => {
      const printed = canonicalQuantity(text);
      ensureSame(formatQuantity(quantity), printed, "The canonical form is that of the value");
      ensureSame(canonicalQuantity(printed), printed, "The canonical form of a canonical form is itself");
      const again = parseQuantity(printed);
      ensure(compareQuantities(quantity, again) === 0, "The canonical form has the same value");
      ensure(
        addQuantities(subtractQuantities(again, quantity), quantity).nanos === quantity.nanos,
        "Sums are exact",
      );
      for (const of of [quantityValue, quantityMilliValue, quantityNumber]) {
        ensure(!Number.isNaN(of(quantity)), "Every value is a number");
      }
    };
  },
});

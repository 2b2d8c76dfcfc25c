/** `k8s.io/apiserver/pkg/cel/library` quantity and semver. */
import { type CelFunc, type CelInput, CelScalar, type CelValue, celFunc, celMethod } from "@bufbuild/cel";
import { parseQuantity, QuantityError } from "#apimachinery/quantity.ts";
import { isOpaque, OPAQUE, opaque, opaqueText } from "./opaque-value.ts";

const { STRING, INT, BOOL, DOUBLE, DYN } = CelScalar;
const NANO = 1_000_000_000n;

export const numberLibrary: readonly CelFunc[] = [
  celFunc("quantity", [STRING], OPAQUE, (text) => quantityValue(nanosIn(text))),
  celFunc("isQuantity", [STRING], BOOL, (text) => tryNanos(text) !== undefined),
  celMethod("sign", OPAQUE, [], INT, function () {
    return BigInt(order(nanosOf(this), 0n));
  }),
  celMethod("isInteger", OPAQUE, [], BOOL, function () {
    return nanosOf(this) % NANO === 0n;
  }),
  celMethod("asInteger", OPAQUE, [], INT, function () {
    const nanos = nanosOf(this);
    if (nanos % NANO !== 0n) throw new Error("cannot convert value to integer");
    return nanos / NANO;
  }),
  celMethod("asApproximateFloat", OPAQUE, [], DOUBLE, function () {
    return Number(nanosOf(this)) / Number(NANO);
  }),
  celMethod("add", OPAQUE, [DYN], OPAQUE, function (other) {
    return quantityValue(nanosOf(this) + amountOf(other));
  }),
  celMethod("sub", OPAQUE, [DYN], OPAQUE, function (other) {
    return quantityValue(nanosOf(this) - amountOf(other));
  }),
  celMethod("isGreaterThan", OPAQUE, [OPAQUE], BOOL, function (other) {
    return compare(this, other) > 0;
  }),
  celMethod("isLessThan", OPAQUE, [OPAQUE], BOOL, function (other) {
    return compare(this, other) < 0;
  }),
  celMethod("compareTo", OPAQUE, [OPAQUE], INT, function (other) {
    return BigInt(compare(this, other));
  }),
  celFunc("semver", [STRING], OPAQUE, (text) => opaque("semver", { text: semverIn(text) })),
  celFunc("isSemver", [STRING], BOOL, (text) => SEMVER.test(text)),
  ...["major", "minor", "patch"].map((name, index) =>
    celMethod(name, OPAQUE, [], INT, function () {
      return BigInt(partsOf(this)[index] ?? 0);
    }),
  ),
];

function quantityValue(nanos: bigint): CelInput<typeof OPAQUE> {
  return opaque("quantity", { nanos: String(nanos) });
}

function tryNanos(text: string): bigint | undefined {
  try {
    return parseQuantity(text).nanos;
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}

function nanosIn(text: string): bigint {
  const nanos = tryNanos(text);
  if (nanos === undefined)
    throw new Error(
      `quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    );
  return nanos;
}

function nanosOf(value: CelValue): bigint {
  return BigInt(opaqueText(value, "quantity", "nanos"));
}

/** A quantity, or a whole number. */
function amountOf(value: CelValue): bigint {
  return typeof value === "bigint" ? value * NANO : nanosOf(value);
}

function order<T extends bigint | number>(a: T, b: T): number {
  return a < b ? -1 : Number(a > b);
}

function compare(a: CelValue, b: CelValue): number {
  return isOpaque(a, "semver") ? compareVersions(a, b) : order(nanosOf(a), nanosOf(b));
}

const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

function semverIn(text: string): string {
  if (!SEMVER.test(text)) throw new Error(`semver parse error during conversion from string: ${text}`);
  return text;
}

function partsOf(value: CelValue): readonly number[] {
  const match = SEMVER.exec(opaqueText(value, "semver", "text"));
  return (match ?? []).slice(1, 4).map(Number);
}

function compareVersions(a: CelValue, b: CelValue): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  const difference = left.findIndex((part, index) => part !== right[index]);
  if (difference >= 0) return order(left[difference] ?? 0, right[difference] ?? 0);
  const [before, behind] = [a, b].map((each) => SEMVER.exec(opaqueText(each, "semver", "text"))?.[4] ?? "");
  return comparePreReleases(before ?? "", behind ?? "");
}

/** A version that is released comes behind all that lead to it. */
function comparePreReleases(a: string, b: string): number {
  if (a === "" || b === "") return order(a === "" ? 1 : 0, b === "" ? 1 : 0);
  const [left, right] = [a.split("."), b.split(".")];
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const bothNumbers = /^\d+$/.test(part) && /^\d+$/.test(other);
    const result = bothNumbers
      ? order(Number(part), Number(other))
      : part < other
        ? -1
        : Number(part > other);
    if (result !== 0) return result;
  }
  return order(left.length, right.length);
}

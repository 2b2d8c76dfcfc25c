import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  isNegativeQuantity,
  isZeroQuantity,
  milliQuantityOf,
  parseQuantity,
  type QuantityFormat,
  quantityMilliValue,
  quantityNumber,
  quantityOf,
  quantityValue,
  subtractQuantities,
  zeroQuantity,
} from "./quantity.ts";

const MAX = 2n ** 63n - 1n;

describe("parseQuantity", () => {
  const cases: [text: string, nanos: bigint, format: QuantityFormat][] = [
    ["0", 0n, "DecimalSI"],
    ["0n", 0n, "DecimalSI"],
    ["0Ki", 0n, "BinarySI"],
    ["0T", 0n, "DecimalSI"],
    ["1", 1_000_000_000n, "DecimalSI"],
    ["1Ki", 1024n * 10n ** 9n, "BinarySI"],
    ["7Mi", 7n * 1024n ** 2n * 10n ** 9n, "BinarySI"],
    ["3Ei", 3n * 1024n ** 6n * 10n ** 9n, "BinarySI"],
    ["5n", 5n, "DecimalSI"],
    ["4u", 4000n, "DecimalSI"],
    ["3m", 3_000_000n, "DecimalSI"],
    ["8k", 8n * 10n ** 12n, "DecimalSI"],
    ["300T", 3n * 10n ** 23n, "DecimalSI"],
    ["12E", 12n * 10n ** 27n, "DecimalSI"],
    ["1E-3", 1_000_000n, "DecimalExponent"],
    ["1.3E+6", 13n * 10n ** 14n, "DecimalExponent"],
    ["0.5e-2", 5_000_000n, "DecimalExponent"],
    ["100.035k", 100_035n * 10n ** 9n, "DecimalSI"],
    ["0.00050k", 5n * 10n ** 8n, "DecimalSI"],
    ["6.987654321G", 6_987_654_321n * 10n ** 9n, "DecimalSI"],
    ["3.001n", 4n, "DecimalSI"],
    ["1.1E-9", 2n, "DecimalExponent"],
    ["0.0000000001", 1n, "DecimalSI"],
    ["0.00000012345", 124n, "DecimalSI"],
    ["9Ei", MAX * 10n ** 9n, "BinarySI"],
    ["9223372036854775807Ki", MAX * 10n ** 9n, "BinarySI"],
    ["100.035Ki", 10_243_584n * 10n ** 7n, "BinarySI"],
    ["0.5Mi", 512n * 1024n * 10n ** 9n, "BinarySI"],
    ["0.025Ti", 274_877_906_944n * 10n ** 8n, "BinarySI"],
    ["0.000000000001Ki", 2n, "DecimalSI"],
    [".001", 1_000_000n, "DecimalSI"],
    ["1.", 10n ** 9n, "DecimalSI"],
    ["1.G", 10n ** 18n, "DecimalSI"],
  ];

  test.each(cases)("%s, with and without a sign", (text, nanos, format) => {
    expect(parseQuantity(text)).toMatchObject({ nanos, format });
    expect(parseQuantity(`+${text}`)).toMatchObject({ nanos, format });
    expect(parseQuantity(`-${text}`)).toMatchObject({ nanos: -nanos, format });
  });

  const shape = /^quantities must match the regular expression/;
  const suffix = "unable to parse quantity's suffix";
  test.each([
    ["", shape],
    ["1.1.M", shape],
    ["1+1.0M", shape],
    ["0.1am", shape],
    ["aoeu", shape],
    [" 1", shape],
    ["1 ", shape],
    ["0.1mi", suffix],
    [".5i", suffix],
    ["1i", suffix],
    ["-3.01i", suffix],
    ["-3.01e-", suffix],
    ["1e99999999999", suffix],
    ["9".repeat(501), "unable to parse numeric part of quantity"],
  ])("%j is refused", (text, message) => {
    expect(() => parseQuantity(text)).toThrow(message);
  });
});

describe("canonicalQuantity", () => {
  test.each([
    ["0", "0"],
    ["00", "0"],
    ["0Gi", "0"],
    ["1024Mi", "1Gi"],
    ["307200Ki", "300Mi"],
    ["1025024Mi", "1001Gi"],
    ["6Ki", "6Ki"],
    ["1023Ki", "1023Ki"],
    ["2048Ki", "2Mi"],
    ["1.5Gi", "1536Mi"],
    ["0.5Ki", "512"],
    ["1025", "1025"],
    ["1000M", "1G"],
    ["0.001T", "1G"],
    ["1000000000", "1G"],
    ["5000m", "5"],
    ["0.5", "500m"],
    ["1.08", "1080m"],
    ["1080000000n", "1080m"],
    ["1000u", "1m"],
    [".001e12", "1e9"],
    ["0.001e0", "1e-3"],
    ["1000e-12", "1e-9"],
    ["1e14", "100e12"],
    [".001Ki", "1024m"],
    [".000000000001Ki", "2n"],
    ["1234567M", "1234567M"],
    ["1000E", "1000E"],
    // Upstream keeps these as they came.
    ["1.234", "1.234"],
    ["007", "007"],
    ["+5", "+5"],
    ["1E3", "1E3"],
    ["0003Ki", "0003Ki"],
  ])("%s is written as %s", (text, want) => {
    expect(canonicalQuantity(text)).toBe(want);
  });

  test("is idempotent and keeps the value", () => {
    const suffixes = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "e3", "E-4"];
    const text = fc
      .tuple(fc.bigInt(-(10n ** 15n), 10n ** 15n), fc.option(fc.nat(99999)), fc.constantFrom(...suffixes))
      .map(
        ([whole, fraction, suffix]) =>
          `${String(whole)}${fraction === null ? "" : `.${String(fraction)}`}${suffix}`,
      );
    fc.assert(
      fc.property(text, (each) => {
        const canonical = canonicalQuantity(each);
        expect(canonicalQuantity(canonical)).toBe(canonical);
        expect(parseQuantity(canonical).nanos).toBe(parseQuantity(each).nanos);
      }),
    );
  });
});

describe("arithmetic", () => {
  const quantity = fc
    .tuple(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.constantFrom<QuantityFormat>("DecimalSI", "BinarySI"))
    .map(([nanos, format]) => ({ nanos, format }));

  test("adding and subtracting cancel out", () => {
    fc.assert(
      fc.property(quantity, quantity, (a, b) => {
        expect(compareQuantities(subtractQuantities(addQuantities(a, b), b), a)).toBe(0);
        expect(compareQuantities(a, b)).toBe(-compareQuantities(b, a) + 0);
      }),
    );
  });

  test.each(["100m", "1Gi"])("zero takes the format of %s", (text) => {
    const value = parseQuantity(text);
    expect(formatQuantity(addQuantities(value, zeroQuantity))).toBe(text);
    expect(formatQuantity(addQuantities(zeroQuantity, value))).toBe(text);
    expect(formatQuantity(subtractQuantities(value, zeroQuantity))).toBe(text);
    expect(formatQuantity(subtractQuantities(zeroQuantity, value))).toBe(`-${text}`);
  });

  test.each([
    ["0", 0, 0],
    ["9.01", 10, 9010],
    ["-9.01", -10, -9010],
    ["100m", 1, 100],
    ["1n", 1, 1],
    ["2Gi", 2147483648, 2147483648000],
  ])("%s is %d units and %d thousandths", (text, value, milli) => {
    expect(quantityValue(parseQuantity(text))).toBe(value);
    expect(quantityMilliValue(parseQuantity(text))).toBe(milli);
  });

  test("numbers become quantities", () => {
    expect(formatQuantity(quantityOf(1024, "BinarySI"))).toBe("1Ki");
    expect(formatQuantity(quantityOf(1000))).toBe("1k");
    expect(formatQuantity(milliQuantityOf(1))).toBe("1m");
    expect(formatQuantity(milliQuantityOf(1024, "BinarySI"))).toBe("1024m");
    expect(quantityNumber(parseQuantity("1500m"))).toBe(1.5);
  });

  test("signs", () => {
    expect(compareQuantities(parseQuantity("10000T"), parseQuantity("100Gi"))).toBe(1);
    expect(isZeroQuantity(parseQuantity("0Ki"))).toBe(true);
    expect(isNegativeQuantity(parseQuantity("-1n"))).toBe(true);
    expect(isNegativeQuantity(zeroQuantity)).toBe(false);
  });
});

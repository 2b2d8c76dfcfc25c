/** Semantic versions as github.com/blang/semver reads them. */
import { quote } from "#apimachinery/go-text.ts";

export interface SemanticVersion {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Numbers come before names. */
  readonly preRelease: readonly (bigint | string)[];
}

export interface VersionProblem {
  readonly problem: string;
}

export function parseVersion(text: string): SemanticVersion | VersionProblem {
  if (text === "") return { problem: "Version string empty" };
  const match = /^([^.]*)\.([^.]*)\.([^]*)$/.exec(text);
  if (match === null) return { problem: "No Major.Minor.Patch elements found" };
  const [, major = "", minor = "", rest = ""] = match;
  const [, patch = "", preText, buildText] = /^([^+-]*)(?:-([^+]*))?(?:\+([^]*))?$/.exec(rest) ?? [];
  const preRelease = preText?.split(".") ?? [];
  const problem = [
    numberProblem(major, "major", "Major"),
    numberProblem(minor, "minor", "Minor"),
    numberProblem(patch, "patch", "Patch"),
    firstProblem(preRelease, preReleaseProblem),
    firstProblem(buildText?.split(".") ?? [], buildProblem),
  ].find((each) => each !== undefined);
  if (problem !== undefined) return { problem };
  return {
    major: BigInt(major),
    minor: BigInt(minor),
    patch: BigInt(patch),
    preRelease: preRelease.map(preReleasePart),
  };
}

function preReleasePart(text: string): bigint | string {
  return /^[0-9]+$/.test(text) ? BigInt(text) : text;
}

/** As `parseVersion`, for versions with a `v` in front, with zeros in front of numbers, or with fewer numbers. */
export function shortVersion(text: string): SemanticVersion | VersionProblem {
  const [, a = "", b, c] = /^([^.]*)(?:\.([^.]*))?(?:\.([^]*))?$/.exec(text.replace(/^v/, "")) ?? [];
  const parts = [a, b, c].filter((each) => each !== undefined);
  const trimmed = parts.map((each) =>
    each.length > 1 ? each.replace(/^0+(?=[0-9])/, "").replace(/^0+(?![0-9])/, "0") : each,
  );
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? "")) {
    return { problem: "short version cannot contain PreRelease/Build meta data" };
  }
  return parseVersion([...trimmed, "0", "0"].slice(0, 3).join("."));
}

/** Negative, zero or positive; what leads to a version comes before it. */
export function compareVersions(a: SemanticVersion, b: SemanticVersion): number {
  for (const part of ["major", "minor", "patch"] as const) {
    if (a[part] !== b[part]) return a[part] < b[part] ? -1 : 1;
  }
  const [left, right] = [a.preRelease, b.preRelease];
  if (left.length === 0 || right.length === 0) return Number(left.length === 0) - Number(right.length === 0);
  for (const [index, each] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = compareParts(each, other);
    if (order !== 0) return order;
  }
  return left.length < right.length ? -1 : 0;
}

function compareParts(a: bigint | string, b: bigint | string): number {
  if (typeof a !== typeof b) return typeof a === "bigint" ? -1 : 1;
  return a < b ? -1 : Number(a > b);
}

function numberProblem(text: string, name: string, title: string): string | undefined {
  if (/[^0-9]/.test(text)) return `Invalid character(s) found in ${name} number ${quote(text)}`;
  if (/^0[0-9]/.test(text)) return `${title} number must not contain leading zeroes ${quote(text)}`;
  if (text === "") return 'strconv.ParseUint: parsing "": invalid syntax';
  return BigInt(text) < 2n ** 64n
    ? undefined
    : `strconv.ParseUint: parsing ${quote(text)}: value out of range`;
}

function preReleaseProblem(text: string): string | undefined {
  if (text === "") return "Prerelease is empty";
  if (/^0[0-9]+$/.test(text)) {
    return `Numeric PreRelease version must not contain leading zeroes ${quote(text)}`;
  }
  return /[^0-9A-Za-z-]/.test(text) ? `Invalid character(s) found in prerelease ${quote(text)}` : undefined;
}

function buildProblem(text: string): string | undefined {
  if (text === "") return "Build meta data is empty";
  return /[^0-9A-Za-z-]/.test(text)
    ? `Invalid character(s) found in build meta data ${quote(text)}`
    : undefined;
}

function firstProblem(
  parts: readonly string[],
  problemOf: (part: string) => string | undefined,
): string | undefined {
  return parts.map(problemOf).find((each) => each !== undefined);
}

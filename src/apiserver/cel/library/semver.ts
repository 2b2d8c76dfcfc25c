/** k8s.io/apiserver pkg/cel/library/semverlib.go, version 1. */
import { declare, method, overload } from "../types/function.ts";
import { BOOL, INT, objectType, STRING } from "../types/type.ts";
import { equalObject } from "../values/equality.ts";
import { CelError, CelObject, type CelValue, type Result } from "../values/value.ts";
import type { Library } from "./library.ts";
import { compareVersions, parseVersion, type SemanticVersion, shortVersion } from "./semantic-version.ts";

const SEMVER_TYPE = objectType("kubernetes.Semver");
const BOTH = [SEMVER_TYPE, SEMVER_TYPE];

class CelSemver extends CelObject {
  readonly type = SEMVER_TYPE;
  readonly version: SemanticVersion;

  constructor(version: SemanticVersion) {
    super();
    this.version = version;
  }

  override equals(other: CelValue): Result {
    return equalObject(other, CelSemver, (each) => order(this, each) === 0);
  }
}

export const semverLibrary: Library = {
  functions: [
    declare(
      "semver",
      overload("string_to_semver", [STRING], SEMVER_TYPE, (text: string) => readVersion(text, false)),
      overload("string_bool_to_semver", [STRING, BOOL], SEMVER_TYPE, readVersion),
    ),
    declare(
      "isSemver",
      overload(
        "is_semver_string",
        [STRING],
        BOOL,
        (text: string) => readVersion(text, false) instanceof CelSemver,
      ),
      overload(
        "is_semver_string_bool",
        [STRING, BOOL],
        BOOL,
        (text: string, isShort: boolean) => readVersion(text, isShort) instanceof CelSemver,
      ),
    ),
    declare(
      "isGreaterThan",
      method("semver_is_greater_than", BOTH, BOOL, (a: CelSemver, b: CelSemver) => order(a, b) > 0),
    ),
    declare(
      "isLessThan",
      method("semver_is_less_than", BOTH, BOOL, (a: CelSemver, b: CelSemver) => order(a, b) < 0),
    ),
    declare(
      "compareTo",
      method("semver_compare_to", BOTH, INT, (a: CelSemver, b: CelSemver) => BigInt(order(a, b))),
    ),
    ...(["major", "minor", "patch"] as const).map((name) =>
      declare(
        name,
        method(`semver_${name}`, [SEMVER_TYPE], INT, ({ version }: CelSemver) => version[name]),
      ),
    ),
  ],
};

function readVersion(text: string, isShort: boolean): CelSemver | CelError {
  const version = isShort ? shortVersion(text) : parseVersion(text);
  return "problem" in version ? new CelError(version.problem) : new CelSemver(version);
}

function order(a: CelSemver, b: CelSemver): number {
  return compareVersions(a.version, b.version);
}

import { duplicate, type FieldError, indexPath, invalid } from "#apimachinery/field-error.ts";
import { checkDNS1123Label, checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { recordOf, typeErrors, unknownFields } from "../../parse-document.ts";
import type { PodSecurityConfiguration } from "./configuration.ts";
import {
  LEVEL_PROBLEM,
  type LevelVersion,
  MODES,
  parseLevel,
  parseVersion,
  VERSION_PROBLEM,
} from "./policy.ts";

const API_VERSION = "pod-security.admission.config.k8s.io/v1";

type Fields = Readonly<Record<string, unknown>>;
type Parsed<T> = { readonly value: T; readonly errors: readonly FieldError[] };

/** The configuration in a document, or what is wrong with it (pod-security-admission `admission/api/validation`). */
export function parsePodSecurity(
  document: unknown,
): PodSecurityConfiguration | { readonly errors: readonly FieldError[] } {
  const root = recordOf(document);
  const [defaults, exemptions] = [recordOf(root["defaults"]), recordOf(root["exemptions"])];
  const [enforce, audit, warn] = [
    modeOf(defaults, "enforce"),
    modeOf(defaults, "audit"),
    modeOf(defaults, "warn"),
  ];
  const usernames = listOf(exemptions, "usernames", checkUsername);
  const namespaces = listOf(exemptions, "namespaces", checkDNS1123Label);
  const runtimeClasses = listOf(exemptions, "runtimeClasses", checkDNS1123Subdomain);
  const errors = [
    ...typeErrors(root, API_VERSION, "PodSecurityConfiguration"),
    ...unknownFields(root, ["defaults", "exemptions"], ""),
    ...unknownFields(
      defaults,
      MODES.flatMap((mode) => [mode, `${mode}-version`]),
      "defaults",
    ),
    ...unknownFields(exemptions, ["usernames", "namespaces", "runtimeClasses"], "exemptions"),
    ...[enforce, warn, audit, namespaces, runtimeClasses, usernames].flatMap((each) => each.errors),
  ];
  if (errors.length > 0) return { errors };
  return {
    defaults: { enforce: enforce.value, audit: audit.value, warn: warn.value },
    exemptions: {
      usernames: usernames.value,
      namespaces: namespaces.value,
      runtimeClasses: runtimeClasses.value,
    },
  };
}

/** What is not said is privileged, by the latest version. */
function modeOf(defaults: Fields, mode: (typeof MODES)[number]): Parsed<LevelVersion> {
  const [level, version] = [
    textOf(defaults[mode], "privileged"),
    textOf(defaults[`${mode}-version`], "latest"),
  ];
  const [parsedLevel, parsedVersion] = [parseLevel(level), parseVersion(version)];
  return {
    value: { level: parsedLevel ?? "restricted", version: parsedVersion ?? "latest" },
    errors: [
      ...(parsedLevel === undefined ? [invalid(`defaults.${mode}`, level, LEVEL_PROBLEM)] : []),
      ...(parsedVersion === undefined ? [invalid(`defaults.${mode}-version`, version, VERSION_PROBLEM)] : []),
    ],
  };
}

function textOf(value: unknown, fallback: string): string {
  return value === undefined || value === null || value === "" ? fallback : String(value as string | number);
}

function listOf(
  exemptions: Fields,
  field: string,
  check: (text: string) => readonly string[],
): Parsed<readonly string[]> {
  const path = `exemptions.${field}`;
  const found = exemptions[field] ?? [];
  if (!Array.isArray(found)) return { value: [], errors: [invalid(path, found, "must be a list")] };
  const value = found.map(String);
  const errors = value.flatMap((text, index) => {
    const problems = check(text);
    const at = indexPath(path, index);
    if (problems.length > 0) return [invalid(at, text, problems.join(", "))];
    return value.indexOf(text) < index ? [duplicate(at, text)] : [];
  });
  return { value, errors };
}

function checkUsername(name: string): readonly string[] {
  return name === "" ? ["username must not be empty"] : [];
}

/** The cluster IPs of a Service and their families (core `ValidateServiceClusterIPsRelatedFields`). */
import { duplicate, indexPath, invalid, required } from "#apimachinery/field-error.ts";
import type { ServiceSpec } from "../../generated/core-v1.ts";
import { checkSupported, validateEach } from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { ipFamilyOf, isDualStack, validateLegacyIp } from "../../validation/ip-fields.ts";
import { repetitions } from "../../validation/lists.ts";
import { isHeadless } from "./service-type.ts";

const PATH = "spec.clusterIPs";

/** In the order in which messages list them. */
const FAMILIES: readonly string[] = ["IPv4", "IPv6"];
const FAMILY_POLICIES: readonly string[] = ["PreferDualStack", "RequireDualStack", "SingleStack"];

export function validateServiceAddresses(spec: ServiceSpec, previous?: ServiceSpec): FieldErrors {
  if (spec.type === "ExternalName") return [];
  const misplaced = validateNone(spec);
  const invalidIps = (spec.clusterIPs ?? []).flatMap((ip, index) =>
    index === 0 && ip === "None" ? [] : validateLegacyIp(ip, indexPath(PATH, index), previous?.clusterIPs),
  );
  return collectErrors(
    validateFirst(spec),
    validateFamilies(spec),
    checkSupported(spec.ipFamilyPolicy, "spec.ipFamilyPolicy", FAMILY_POLICIES),
    misplaced,
    invalidIps,
    (spec.clusterIPs ?? []).length > 2 && invalid(PATH, spec.clusterIPs, "may only hold up to 2 values"),
    misplaced.length === 0 && invalidIps.length === 0 && validateIpFamilies(spec),
  );
}

/** `clusterIP` is the first of `clusterIPs`, which registries fill in from each other. */
function validateFirst({ clusterIP = "", clusterIPs = [] }: ServiceSpec): FieldErrors {
  if (clusterIP === "") {
    return clusterIPs.length === 0
      ? []
      : [invalid(PATH, clusterIPs, "must be empty when `clusterIP` is not specified")];
  }
  if (clusterIPs.length === 0) return [required(PATH)];
  return clusterIPs[0] === clusterIP ? [] : [invalid(PATH, clusterIPs, "first value must match `clusterIP`")];
}

function validateFamilies({ ipFamilies }: ServiceSpec): FieldErrors {
  const isRepeated = repetitions();
  return validateEach(ipFamilies, "spec.ipFamilies", (family, path) =>
    collectErrors(checkSupported(family, path, FAMILIES), isRepeated(family) && duplicate(path, family)),
  );
}

function validateNone({ clusterIPs = [] }: ServiceSpec): FieldErrors {
  const isAlone = clusterIPs[0] !== "None" || clusterIPs.length === 1;
  return isAlone ? [] : [invalid(PATH, clusterIPs, "'None' must be the first and only value")];
}

/** At most one address of each family, each of the family that `ipFamilies` has at its place. */
function validateIpFamilies(spec: ServiceSpec): FieldErrors {
  const { clusterIPs = [], ipFamilies = [] } = spec;
  const families = clusterIPs.map(ipFamilyOf);
  return collectErrors(
    clusterIPs.length > 1 &&
      !isDualStack(families) &&
      invalid(PATH, clusterIPs, "may specify no more than one IP for each IP family"),
    !isHeadless(spec) &&
      clusterIPs.flatMap((ip, index) => {
        const expected = ipFamilies[index];
        if (expected === undefined || !FAMILIES.includes(expected) || families[index] === expected) return [];
        const detail = `expected an ${expected} value as indicated by \`ipFamilies[${String(index)}]\``;
        return [invalid(indexPath(PATH, index), ip, detail)];
      }),
  );
}

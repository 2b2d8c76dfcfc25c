/**
 * The families and the family policy of a Service, from what its author says and what the cluster has
 * (kube-apiserver `registry/core/service/storage/alloc.go`, `initIPFamilyFields`).
 */
import { validateServiceAddresses } from "#api/core/v1/service-addresses.validation.ts";
import { needsClusterIp } from "#api/core/v1/service-type.ts";
import type { Service, ServiceSpec } from "#api/generated/core-v1.ts";
import { type FieldError, indexPath, invalid } from "#apimachinery/field-error.ts";
import { parseIP } from "#base/cidr.ts";
import { sameTexts } from "./normalize-service.ts";
import { isHeadless, withSpec } from "./service-needs.ts";

export type IPFamily = "IPv4" | "IPv6";

type Policy = NonNullable<ServiceSpec["ipFamilyPolicy"]>;
type Families = NonNullable<ServiceSpec["ipFamilies"]>;

const POLICY = "spec.ipFamilyPolicy";

/** The Service with its families decided, or what is wrong with its wishes. */
export type FamilyDecision = Service | readonly FieldError[];

/** `available` are the cluster's families; the first is that of Services that do not care. */
export function decideFamilies(
  next: Service,
  previous: Service | undefined,
  available: readonly IPFamily[],
): FamilyDecision {
  if (!needsClusterIp(next.spec) || isSettled(next, previous)) return next;
  const policy = next.spec.ipFamilyPolicy ?? inferPolicy(next, previous);
  const wanted = withSpec(next, { ipFamilyPolicy: policy });
  const malformed = validateServiceAddresses(wanted.spec, previous?.spec);
  if (malformed.length > 0) return malformed;
  const reduced = reduceToSingle(wanted, previous, policy);
  const { families, errors: familyErrors } = inferFamilies(reduced, available);
  const errors = [
    ...releaseErrors(reduced, previous, policy),
    ...policyErrors(reduced, policy),
    ...familyErrors,
  ];
  if (errors.length > 0) return errors;
  if (isHeadless(next) && isEmpty(next.spec.selector)) {
    return withSpec(reduced, { ipFamilies: headlessFamilies(families, policy, available) });
  }
  const unavailable = availabilityErrors(families, policy, available);
  if (unavailable.length > 0) return unavailable;
  return withSpec(reduced, { ipFamilies: completeFamilies(families, policy, available) });
}

/** A dual-stack preference is not looked at again when the cluster changes, only when the Service does. */
function isSettled(next: Service, previous: Service | undefined): boolean {
  if (previous === undefined || previous.spec.type !== next.spec.type) return false;
  return (
    next.spec.ipFamilyPolicy === "PreferDualStack" &&
    (previous.spec.ipFamilyPolicy ?? "PreferDualStack") === "PreferDualStack" &&
    sameTexts(addressesOf(previous), addressesOf(next)) &&
    sameTexts(familiesOf(previous), familiesOf(next))
  );
}

function inferPolicy(next: Service, previous: Service | undefined): Policy {
  const inherited = previous?.spec.ipFamilyPolicy;
  if (inherited !== undefined) return inherited;
  return isHeadless(next) && isEmpty(next.spec.selector) ? "RequireDualStack" : "SingleStack";
}

/** Asking for a single stack is enough to give the second address and family back. */
function reduceToSingle(next: Service, previous: Service | undefined, policy: Policy): Service {
  if (previous === undefined || policy !== "SingleStack") return next;
  const addresses = addressesOf(next);
  const families = familiesOf(next);
  return withSpec(next, {
    ...(addresses.length > 1 &&
      sameTexts(addressesOf(previous), addresses) && { clusterIPs: addresses.slice(0, 1) }),
    ...(families.length > 1 &&
      sameTexts(familiesOf(previous), families) && { ipFamilies: families.slice(0, 1) }),
  });
}

function releaseErrors(next: Service, previous: Service | undefined, policy: Policy): FieldError[] {
  if (previous === undefined || policy === "SingleStack") return [];
  const isReduced = (now: number, before: number): boolean => now > 0 && now < before;
  const what = [
    ...(isReduced(addressesOf(next).length, addressesOf(previous).length) ? ["cluster IP"] : []),
    ...(isReduced(familiesOf(next).length, familiesOf(previous).length) ? ["IP family"] : []),
  ];
  return what.map((each) =>
    invalid(POLICY, policy, `must be 'SingleStack' to release the secondary ${each}`),
  );
}

function policyErrors(next: Service, policy: Policy): FieldError[] {
  if (policy !== "SingleStack") return [];
  const what = [
    ...(addressesOf(next).length === 2 ? ["cluster IPs"] : []),
    ...(familiesOf(next).length === 2 ? ["IP families"] : []),
  ];
  return what.map((each) =>
    invalid(
      POLICY,
      policy,
      `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${each} are specified`,
    ),
  );
}

/** The families that are given, and behind them those of the addresses that are given. */
function inferFamilies(
  next: Service,
  available: readonly IPFamily[],
): { readonly families: Families; readonly errors: readonly FieldError[] } {
  const given = familiesOf(next);
  const addresses = isHeadless(next) ? [] : addressesOf(next);
  const inferred = addresses.slice(given.length).map(familyOf);
  const errors = inferred.flatMap((family, index) =>
    available.includes(family)
      ? []
      : [
          invalid(
            indexPath("spec.clusterIPs", given.length + index),
            addresses,
            `${family} is not configured on this cluster`,
          ),
        ],
  );
  return { families: [...given, ...inferred], errors };
}

/** Without a selector the endpoints may be of any family, whatever the cluster has. */
function headlessFamilies(families: Families, policy: Policy, available: readonly IPFamily[]): Families {
  const [first = available[0] ?? "IPv4", second] = families;
  if (second !== undefined || policy === "SingleStack") return [first, ...families.slice(1)];
  return [first, otherFamily(first)];
}

function availabilityErrors(
  families: Families,
  policy: Policy,
  available: readonly IPFamily[],
): readonly FieldError[] {
  return [
    ...(policy === "RequireDualStack" && available.length < 2
      ? [invalid(POLICY, policy, "this cluster is not configured for dual-stack services")]
      : []),
    ...families.flatMap((family, index) =>
      available.some((each) => each === family)
        ? []
        : [invalid(indexPath("spec.ipFamilies", index), family, "not configured on this cluster")],
    ),
  ];
}

function completeFamilies(families: Families, policy: Policy, available: readonly IPFamily[]): Families {
  const chosen = families.length === 0 ? available.slice(0, 1) : families;
  const [first] = chosen;
  const isDual = policy !== "SingleStack" && chosen.length === 1 && available.length === 2;
  return isDual && first !== undefined ? [first, otherFamily(first)] : chosen;
}

function otherFamily(family: Families[number]): IPFamily {
  return family === "IPv4" ? "IPv6" : "IPv4";
}

export function familyOf(address: string): IPFamily {
  return parseIP(address)?.family === 6 ? "IPv6" : "IPv4";
}

function addressesOf({ spec }: Service): readonly string[] {
  return spec.clusterIPs ?? [];
}

function familiesOf({ spec }: Service): Families {
  return spec.ipFamilies ?? [];
}

function isEmpty(map: Readonly<Record<string, string>> | undefined): boolean {
  return map === undefined || Object.keys(map).length === 0;
}

import { needsClusterIp } from "#api/core/v1/service-type.ts";
import type { Service } from "#api/generated/core-v1.ts";
import { invalid } from "#apimachinery/field-error.ts";
import { quote } from "#apimachinery/go-text.ts";
import { internalError, type StatusError } from "#apimachinery/status-error.ts";
import { parseIP } from "#base/cidr.ts";
import { type AllocationContext, invalidService, RANGE_FULL } from "./allocation-context.ts";
import { familyOf } from "./ip-families.ts";
import { addressItem } from "./service-items.ts";
import { isHeadless, withSpec } from "./service-needs.ts";

/** Fills `clusterIPs`, one address for each family. Addresses that the Service has already are not looked at. */
export function allocateAddresses(
  next: Service,
  previous: Service | undefined,
  context: AllocationContext,
): Service {
  if (!needsClusterIp(next.spec) || isHeadless(next)) return next;
  const held =
    previous !== undefined && needsClusterIp(previous.spec) ? (previous.spec.clusterIPs ?? []) : [];
  // A headless Service stays so; validation refuses to change that.
  if (held[0] === "None") return next;
  const given = next.spec.clusterIPs ?? [];
  const clusterIPs = (next.spec.ipFamilies ?? []).map((family, index) => {
    const address = given[index] ?? "";
    if (address === "") return pickAddress(family, context);
    if (index >= held.length) takeAddress(next, address, context);
    return address;
  });
  const [clusterIP] = clusterIPs;
  return withSpec(next, { clusterIPs, ...(clusterIP !== undefined && { clusterIP }) });
}

function pickAddress(family: string, context: AllocationContext): string {
  const { cidrs, ledger, reservation, random, metrics } = context;
  for (const range of cidrs.rangesOf(family)) {
    const address = range.pickFree((each) => ledger.isTaken(addressItem(each)), random);
    const isGiven = address !== undefined && reservation.take(addressItem(address));
    metrics.countAddress(range, "dynamic", isGiven);
    if (isGiven) return address;
  }
  throw internalError(`failed to allocate a serviceIP: ${RANGE_FULL}`);
}

function takeAddress(service: Service, text: string, context: AllocationContext): void {
  const address = parseIP(text);
  if (address === undefined) throw internalError(`failed to parse service IP ${quote(text)}`);
  const range = context.cidrs.rangesOf(familyOf(text)).find((each) => each.contains(address));
  if (range === undefined) {
    throw refused(service, text, "the provided network does not match the current range");
  }
  const isGiven = context.reservation.take(addressItem(text));
  context.metrics.countAddress(range, "static", isGiven);
  if (!isGiven) throw refused(service, text, "provided IP is already allocated");
}

function refused(service: Service, address: string, why: string): StatusError {
  const { clusterIPs } = service.spec;
  return invalidService(service, [
    invalid("spec.clusterIPs", clusterIPs, `failed to allocate IP ${address}: ${why}`),
  ]);
}

import type { Service } from "#api/generated/core-v1.ts";
import type { FieldError } from "#apimachinery/field-error.ts";
import { invalid, type StatusError } from "#apimachinery/status-error.ts";
import type { AllocationMetrics } from "./allocation-metrics.ts";
import type { ServiceIPRange } from "./ip-range.ts";
import type { NodePortRange } from "./port-range.ts";
import type { ServiceCIDRs } from "./service-cidrs.ts";
import type { Reservation, ServiceLedger } from "./service-ledger.ts";

export interface ServiceRanges {
  /** One for each family of the cluster; the first is that of Services that do not care. */
  readonly addresses: readonly ServiceIPRange[];
  readonly nodePorts: NodePortRange;
}

/** What the steps of one allocation share. */
export interface AllocationContext {
  readonly cidrs: ServiceCIDRs;
  readonly nodePorts: NodePortRange;
  readonly ledger: ServiceLedger;
  readonly reservation: Reservation;
  readonly metrics: AllocationMetrics;
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
}

export const RANGE_FULL = "range is full";

export function invalidService({ metadata }: Service, errors: readonly FieldError[]): StatusError {
  return invalid({ group: "", kind: "Service" }, metadata.name, errors);
}

/** What requests are recorded, and where. */
export interface AuditConfig extends DeliveryConfig<"auditLog">, DeliveryConfig<"auditWebhook"> {
  /** File with the audit policy; empty for none, so that no request is recorded. */
  readonly auditPolicyFile: string;
  /** File that audit events are written to, `-` for standard output; empty for none. */
  readonly auditLogPath: string;
  /** Days and number of older files that are kept, and megabytes of one; 0 for no limit. */
  readonly auditLogMaxage: number;
  readonly auditLogMaxbackup: number;
  readonly auditLogMaxsize: number;
  /** Whether older files are compressed. */
  readonly auditLogCompress: boolean;
  readonly auditLogFormat: AuditLogFormat;
  /** Kubeconfig file of a webhook that audit events are sent to; empty for none. */
  readonly auditWebhookConfigFile: string;
  readonly auditWebhookInitialBackoffMs: number;
}

export const AUDIT_LOG_FORMATS = ["legacy", "json"] as const;
export type AuditLogFormat = (typeof AUDIT_LOG_FORMATS)[number];

/**
 * Whether requests wait for their audit events: not at all, until they are recorded or lost, or so that a request whose
 * beginning cannot be recorded is refused.
 */
export const AUDIT_MODES = ["batch", "blocking", "blocking-strict"] as const;
export type AuditMode = (typeof AUDIT_MODES)[number];

/** The version of events. */
export type AuditVersion = "audit.k8s.io/v1";

/** How audit events get to the log, or to the webhook. */
export interface Delivery {
  readonly mode: AuditMode;
  readonly version: AuditVersion;
  /** Events that may wait for their batch, in mode `batch` alone, as all about batches. */
  readonly batchBufferSize: number;
  readonly batchMaxSize: number;
  readonly batchMaxWaitMs: number;
  readonly batchThrottleEnable: boolean;
  /** Batches a second. */
  readonly batchThrottleQps: number;
  readonly batchThrottleBurst: number;
  readonly truncateEnabled: boolean;
  /** Bytes. */
  readonly truncateMaxBatchSize: number;
  readonly truncateMaxEventSize: number;
}

export type DeliveryPrefix = "auditLog" | "auditWebhook";

/** The fields of a Delivery as those of a configuration: `auditLogMode`. */
export type DeliveryConfig<Prefix extends DeliveryPrefix> = Prefixed<Prefix, Delivery>;

type Prefixed<Prefix extends string, Fields> = {
  readonly [Field in keyof Fields & string as `${Prefix}${Capitalize<Field>}`]: Fields[Field];
};

/** As kube-apiserver has it for the log, where batches are of no use. */
export const LOG_DELIVERY: Delivery = {
  mode: "blocking",
  version: "audit.k8s.io/v1",
  batchBufferSize: 10_000,
  batchMaxSize: 1,
  batchMaxWaitMs: 0,
  batchThrottleEnable: false,
  batchThrottleQps: 0,
  batchThrottleBurst: 0,
  truncateEnabled: false,
  truncateMaxBatchSize: 10_485_760,
  truncateMaxEventSize: 102_400,
};

export const WEBHOOK_DELIVERY: Delivery = {
  ...LOG_DELIVERY,
  mode: "batch",
  batchMaxSize: 400,
  batchMaxWaitMs: 30_000,
  batchThrottleEnable: true,
  batchThrottleQps: 10,
  batchThrottleBurst: 15,
};

export function withPrefix<Prefix extends DeliveryPrefix, Fields extends object>(
  prefix: Prefix,
  fields: Fields,
): Prefixed<Prefix, Fields> {
  const entries = (Object.entries(fields) as [string, unknown][]).map(([field, value]) => [
    prefixed(prefix, field),
    value,
  ]);
  return Object.fromEntries(entries) as Prefixed<Prefix, Fields>;
}

/** What a configuration says of the log, or of the webhook. */
export function deliveryOf(config: AuditConfig, prefix: DeliveryPrefix): Delivery {
  const values: Readonly<Record<string, unknown>> = { ...config };
  const fields = Object.keys(LOG_DELIVERY).map((field) => [field, values[prefixed(prefix, field)]]);
  return Object.fromEntries(fields) as Delivery;
}

function prefixed(prefix: DeliveryPrefix, field: string): string {
  return `${prefix}${field.charAt(0).toUpperCase()}${field.slice(1)}`;
}

/** Why events cannot be delivered so, in upstream's words; undefined when they can. */
export function deliveryProblem(plugin: "log" | "webhook", delivery: Delivery): string | undefined {
  const { mode, batchThrottleEnable, batchThrottleQps, batchThrottleBurst } = delivery;
  const { truncateMaxBatchSize, truncateMaxEventSize } = delivery;
  if (mode === "batch" && batchThrottleEnable && batchThrottleQps <= 0)
    return `invalid audit batch ${plugin} throttle QPS ${String(batchThrottleQps)}, must be a positive number`;
  if (mode === "batch" && batchThrottleEnable && batchThrottleBurst <= 0)
    return `invalid audit batch ${plugin} throttle burst ${String(batchThrottleBurst)}, must be a positive number`;
  if (truncateMaxBatchSize < truncateMaxEventSize)
    return (
      `invalid audit truncate ${plugin} max batch size ${String(truncateMaxBatchSize)}, must be greater than ` +
      `max event size (${String(truncateMaxEventSize)})`
    );
  return undefined;
}

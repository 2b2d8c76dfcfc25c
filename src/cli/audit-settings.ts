import {
  AUDIT_LOG_FORMATS,
  AUDIT_MODES,
  type AuditConfig,
  type AuditLogFormat,
  type AuditMode,
  type AuditVersion,
  type Delivery,
  type DeliveryPrefix,
  LOG_DELIVERY,
  WEBHOOK_DELIVERY,
  withPrefix,
} from "#server/audit-config.ts";
import type { Settings } from "./setting.ts";
import {
  parseCount,
  parseLogPath,
  parsePath,
  parseSwitch,
  parseTimeSpan,
  parseTtl,
} from "./setting-values.ts";

const none = { fallback: "", fallbackHelp: "none" } as const;

/** Which requests are recorded, and where. */
export const auditSettings: Settings<AuditConfig> = {
  auditPolicyFile: {
    flag: "audit-policy-file",
    help: "file with the audit Policy",
    parse: parsePath,
    ...none,
  },
  auditLogPath: {
    flag: "audit-log-path",
    help: "file that audit events are written to, - for standard output",
    parse: parseLogPath,
    ...none,
  },
  auditLogMaxage: {
    flag: "audit-log-maxage",
    help: "days that older audit logs are kept, 0 for no limit",
    parse: parseCount,
    fallback: 366,
  },
  auditLogMaxbackup: {
    flag: "audit-log-maxbackup",
    help: "older audit logs that are kept, 0 for no limit",
    parse: parseCount,
    fallback: 100,
  },
  auditLogMaxsize: {
    flag: "audit-log-maxsize",
    help: "megabytes at which a new audit log begins, 0 for no limit",
    parse: parseCount,
    fallback: 100,
  },
  auditLogCompress: {
    flag: "audit-log-compress",
    help: "compress older audit logs with gzip",
    parse: parseSwitch,
    isSwitch: true,
    fallback: false,
  },
  auditLogFormat: {
    flag: "audit-log-format",
    help: `how audit events are written: ${AUDIT_LOG_FORMATS.join(" or ")}`,
    parse: parseFormat,
    fallback: "json",
  },
  ...deliverySettings("auditLog", LOG_DELIVERY),
  auditWebhookConfigFile: {
    flag: "audit-webhook-config-file",
    help: "kubeconfig file of a webhook that audit events are sent to",
    parse: parsePath,
    ...none,
  },
  auditWebhookInitialBackoffMs: {
    flag: "audit-webhook-initial-backoff",
    help: "how long to wait before a batch that was not taken is sent again",
    parse: parseTimeSpan,
    fallback: 10_000,
    fallbackHelp: "10s",
  },
  ...deliverySettings("auditWebhook", WEBHOOK_DELIVERY),
};

function deliverySettings<Prefix extends DeliveryPrefix>(prefix: Prefix, fallbacks: Delivery) {
  const flag = prefix === "auditLog" ? "audit-log" : "audit-webhook";
  const settings: Settings<Delivery> = {
    mode: {
      flag: `${flag}-mode`,
      help: `whether requests wait for their audit events: ${AUDIT_MODES.join(", ")}`,
      parse: parseMode,
      fallback: fallbacks.mode,
    },
    version: {
      flag: `${flag}-version`,
      help: "version of audit events",
      parse: parseVersion,
      fallback: fallbacks.version,
    },
    ...batchSettings(flag, fallbacks),
    ...truncateSettings(flag, fallbacks),
  };
  return withPrefix(prefix, settings);
}

type BatchField = Extract<keyof Delivery, `batch${string}`>;

function batchSettings(flag: string, fallbacks: Delivery): Settings<Pick<Delivery, BatchField>> {
  return {
    batchBufferSize: {
      flag: `${flag}-batch-buffer-size`,
      help: "audit events that may wait to be sent",
      parse: parsePositive,
      fallback: fallbacks.batchBufferSize,
    },
    batchMaxSize: {
      flag: `${flag}-batch-max-size`,
      help: "audit events that are sent at once",
      parse: parsePositive,
      fallback: fallbacks.batchMaxSize,
    },
    batchMaxWaitMs: {
      flag: `${flag}-batch-max-wait`,
      help: "how long an audit event waits for others to be sent with",
      parse: parseTtl,
      fallback: fallbacks.batchMaxWaitMs,
      fallbackHelp: `${String(fallbacks.batchMaxWaitMs / 1000)}s`,
    },
    batchThrottleEnable: {
      flag: `${flag}-batch-throttle-enable`,
      help: "send no more batches of audit events than the next two say",
      parse: parseSwitch,
      isSwitch: true,
      fallback: fallbacks.batchThrottleEnable,
    },
    batchThrottleQps: {
      flag: `${flag}-batch-throttle-qps`,
      help: "batches of audit events a second",
      parse: parseRate,
      fallback: fallbacks.batchThrottleQps,
    },
    batchThrottleBurst: {
      flag: `${flag}-batch-throttle-burst`,
      help: "batches of audit events at once, where there were fewer before",
      parse: parsePositive,
      fallback: fallbacks.batchThrottleBurst,
    },
  };
}

type TruncateField = Extract<keyof Delivery, `truncate${string}`>;

function truncateSettings(flag: string, fallbacks: Delivery): Settings<Pick<Delivery, TruncateField>> {
  return {
    truncateEnabled: {
      flag: `${flag}-truncate-enabled`,
      help: "take the objects out of audit events that are too large",
      parse: parseSwitch,
      isSwitch: true,
      fallback: fallbacks.truncateEnabled,
    },
    truncateMaxBatchSize: {
      flag: `${flag}-truncate-max-batch-size`,
      help: "bytes that a batch of audit events may have",
      parse: parsePositive,
      fallback: fallbacks.truncateMaxBatchSize,
    },
    truncateMaxEventSize: {
      flag: `${flag}-truncate-max-event-size`,
      help: "bytes that an audit event may have",
      parse: parsePositive,
      fallback: fallbacks.truncateMaxEventSize,
    },
  };
}

function parseFormat(text: string): AuditLogFormat {
  return parseOneOf(text, AUDIT_LOG_FORMATS);
}

function parseMode(text: string): AuditMode {
  return parseOneOf(text, AUDIT_MODES);
}

function parseVersion(text: string): AuditVersion {
  return parseOneOf(text, ["audit.k8s.io/v1"] as const);
}

function parseOneOf<T extends string>(text: string, choices: readonly T[]): T {
  const choice = choices.find((each) => each === text);
  if (choice === undefined) throw new RangeError(`must be ${choices.join(" or ")}`);
  return choice;
}

function parsePositive(text: string): number {
  const count = Number(text);
  if (!/^\d{1,9}$/.test(text) || count === 0) throw new RangeError("must be a number above zero");
  return count;
}

function parseRate(text: string): number {
  const rate = Number(text);
  if (!/^\d{1,9}(\.\d{1,9})?$/.test(text) || rate === 0) throw new RangeError("must be a number above zero");
  return rate;
}

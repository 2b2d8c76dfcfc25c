import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { parseQuantity, QuantityError, quantityValue } from "#apimachinery/quantity.ts";
import { namespaceOfSysctl } from "#kubelet/admission/check-sysctls.ts";
import { parseEvictionHard, parseReserved } from "#kubelet/node/node-reservation.ts";
import {
  type ReadValue,
  readAddress,
  readBoolean,
  readDuration,
  readInteger,
  readList,
  readPath,
} from "../configuration/argument-values.ts";
import { parseNodeLabel, parseNodeTaint } from "../node-registration.ts";
import type { KubeletArgs } from "./kubelet-args.ts";
import { readTlsCipherSuites, readTlsMinVersion } from "./tls-policy.ts";

const NOT_NEGATIVE = { least: 0, says: "must not be a negative number" };
const ABOVE_ZERO = { least: 1, says: "must be greater than zero" };

const notNegative = readInteger(NOT_NEGATIVE);
const period = readDuration(ABOVE_ZERO);
const notNegativeTime = readDuration({ least: 0, says: "must not be negative" });

/** By the names of the kubelet's own flags, with its bounds (`pkg/kubelet/apis/config/validation`). */
export const TAKEN_FLAGS: Readonly<Record<string, ReadValue<KubeletArgs>>> = {
  "authentication-token-webhook-cache-ttl": (text) => ({ tokenCacheMs: notNegativeTime(text) }),
  "authorization-webhook-cache-authorized-ttl": (text) => ({ allowedCacheMs: notNegativeTime(text) }),
  "authorization-webhook-cache-unauthorized-ttl": (text) => ({ deniedCacheMs: notNegativeTime(text) }),
  "allowed-unsafe-sysctls": (text) => ({ allowedUnsafeSysctls: readList(readSysctl)(text) }),
  "cluster-dns": (text) => ({ clusterDNS: readList(readAddress)(text) }),
  "cluster-domain": (text) => ({ clusterDomain: readDomain(text) }),
  "container-log-max-files": (text) => ({ containerLogMaxFiles: readLogFiles(text) }),
  "container-log-max-size": (text) => ({ containerLogMaxSizeBytes: readSize(text) }),
  "cpu-cfs-quota": (text) => ({ cpuCFSQuota: readBoolean(text) }),
  "event-burst": (text) => ({ eventBurst: notNegative(text) }),
  "event-qps": (text) => ({ eventRecordQPS: notNegative(text) }),
  "eviction-hard": (text) => ({ evictionHard: parseEvictionHard(text) }),
  "fail-swap-on": (text) => ({ failSwapOn: readBoolean(text) }),
  "file-check-frequency": (text) => ({ fileCheckFrequencyMs: period(text) }),
  "kube-reserved": (text) => ({ kubeReserved: parseReserved(text) }),
  "max-pods": (text) => ({ maxPods: notNegative(text) }),
  "node-labels": (text) => ({ nodeLabels: readList(parseNodeLabel)(text) }),
  "node-status-max-images": (text) => ({ nodeStatusMaxImages: readMaxImages(text) }),
  "node-status-update-frequency": (text) => ({ nodeStatusUpdateFrequencyMs: period(text) }),
  "pod-manifest-path": (text) => ({ staticPodPath: readPath(text) }),
  "pod-max-pids": (text) => ({ podPidsLimit: readPids(text) }),
  "pods-per-core": (text) => ({ podsPerCore: notNegative(text) }),
  "protect-kernel-defaults": (text) => ({ protectKernelDefaults: readBoolean(text) }),
  "provider-id": (text) => ({ providerID: text }),
  "register-with-taints": (text) => ({ nodeTaints: readList(parseNodeTaint)(text) }),
  "registry-burst": (text) => ({ registryBurst: notNegative(text) }),
  "registry-qps": (text) => ({ registryPullQPS: notNegative(text) }),
  "resolv-conf": (text) => ({ resolvConf: text === "" ? text : readPath(text) }),
  "seccomp-default": (text) => ({ seccompDefault: readBoolean(text) }),
  "serialize-image-pulls": (text) => ({ serializeImagePulls: readBoolean(text) }),
  "streaming-connection-idle-timeout": (text) => ({
    streamingConnectionIdleTimeoutMs: notNegativeTime(text),
  }),
  "system-reserved": (text) => ({ systemReserved: parseReserved(text) }),
  "tls-cipher-suites": readTlsCipherSuites,
  "tls-min-version": readTlsMinVersion,
};

/** What only a `KubeletConfiguration` can say, by the names of its fields. */
export const TAKEN_FIELDS: Readonly<Record<string, ReadValue<KubeletArgs>>> = {
  failCgroupV1: (text) => ({ failCgroupV1: readBoolean(text) }),
  maxParallelImagePulls: (text) => ({
    maxParallelImagePulls: readInteger({ least: 1, says: "must be a positive number" })(text),
  }),
  mergeDefaultEvictionSettings: (text) => ({ mergeDefaultEvictionSettings: readBoolean(text) }),
  nodeLeaseDurationSeconds: (text) => ({
    nodeLeaseDurationSeconds: readInteger({ least: 1, says: "must be greater than 0" })(text),
  }),
  // The file that says how often to look, and not how often to tell, means both.
  nodeStatusUpdateFrequency: (text) => ({
    nodeStatusUpdateFrequencyMs: period(text),
    nodeStatusReportFrequencyMs: period(text),
  }),
  nodeStatusReportFrequency: (text) => ({ nodeStatusReportFrequencyMs: period(text) }),
};

function readLogFiles(text: string): number {
  return readInteger({ least: 2, says: "must be greater than 1" })(text);
}

function readMaxImages(text: string): number {
  return readInteger({ least: -1, says: "must be -1 or greater" })(text);
}

function readPids(text: string): number {
  return readInteger({ least: -1, says: "must be -1 or greater" })(text);
}

function readSize(text: string): number {
  try {
    return quantityValue(parseQuantity(text));
  } catch (error) {
    if (error instanceof QuantityError) throw new RangeError("must be a size, such as 10Mi");
    throw error;
  }
}

function readDomain(text: string): string {
  if (checkDNS1123Subdomain(text).length > 0) throw new RangeError("must be a domain, such as cluster.local");
  return text;
}

/** A name or a pattern (`pkg/kubelet/sysctl/allowlist.go`). */
function readSysctl(text: string): string {
  if (!SYSCTL_PATTERN.test(text) || text.length > MAX_SYSCTL_LENGTH)
    throw new RangeError(
      "must be names of kernel settings or their beginnings, such as net.ipv4.route.min_pmtu or kernel.msg*",
    );
  if (namespaceOfSysctl(text) === undefined)
    throw new RangeError(
      `must be kernel settings that pods have for themselves: the sysctl ${JSON.stringify(text)} are not known to be namespaced`,
    );
  return text;
}

/** `pkg/apis/policy/validation` SysctlContainSlashPatternFmt */
const SYSCTL_PATTERN =
  /^[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?(?:[./][a-z0-9](?:[-_a-z0-9]*[a-z0-9])?)*(?:[./]?[-_a-z0-9]*\*)?$/;
const MAX_SYSCTL_LENGTH = 253;

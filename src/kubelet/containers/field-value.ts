import type { Pod } from "#api/generated/core-v1.ts";
import { quote } from "#apimachinery/go-text.ts";
import { ConfigError } from "./config-error.ts";

export interface PodAddressing {
  /** The primary one first. */
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
}

type Reader = (pod: Pod, addressing: PodAddressing) => string;

/** The fields of the downward API (`pkg/fieldpath`, `kubelet_pods.go` podFieldSelectorRuntimeValue). */
const FIELDS: Readonly<Record<string, Reader>> = {
  "metadata.name": ({ metadata }) => metadata.name,
  "metadata.namespace": ({ metadata }) => metadata.namespace ?? "",
  "metadata.uid": ({ metadata }) => metadata.uid,
  "metadata.labels": ({ metadata }) => formatMap(metadata.labels),
  "metadata.annotations": ({ metadata }) => formatMap(metadata.annotations),
  "spec.nodeName": ({ spec }) => spec.nodeName ?? "",
  "spec.serviceAccountName": ({ spec }) => spec.serviceAccountName ?? "",
  "status.hostIP": (_pod, { hostIPs }) => hostIPs[0] ?? "",
  "status.hostIPs": (_pod, { hostIPs }) => hostIPs.join(","),
  "status.podIP": (_pod, { podIPs }) => podIPs[0] ?? "",
  "status.podIPs": (_pod, { podIPs }) => podIPs.join(","),
};

/** `metadata.labels['key']`. */
const SUBSCRIPT = /^(.+?)\['(.*)'\]$/;

/** The value of a field of the pod. Throws a ConfigError for a field that the downward API does not have. */
export function fieldValue(pod: Pod, fieldPath: string, addressing: PodAddressing): string {
  const [, path, key = ""] = SUBSCRIPT.exec(fieldPath) ?? [];
  if (path === "metadata.labels") return pod.metadata.labels?.[key] ?? "";
  if (path === "metadata.annotations") return pod.metadata.annotations?.[key] ?? "";
  if (path !== undefined) throw new ConfigError(`fieldPath ${quote(fieldPath)} does not support subscript`);
  const read = Object.hasOwn(FIELDS, fieldPath) ? FIELDS[fieldPath] : undefined;
  if (read === undefined) throw new ConfigError(`unsupported fieldPath: ${fieldPath}`);
  return read(pod, addressing);
}

/** One `key="value"` a line, by key. */
function formatMap(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map)
    .toSorted()
    .map((key) => `${key}=${quote(map[key] ?? "")}`)
    .join("\n");
}

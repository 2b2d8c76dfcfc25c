/** Where on its kubelet a pod's streams are (kubernetes `pkg/registry/core/pod/strategy.go`, `pkg/kubelet/server`). */
import type { Pod } from "#api/generated/core-v1.ts";
import { badRequest } from "#apimachinery/status-error.ts";
import { parseBoolean } from "../front/query-values.ts";
import type { LogOptions } from "./log-options.ts";

/** A path of a kubelet's server, with its query. */
export interface KubeletLocation {
  readonly nodeName: string;
  readonly path: string;
}

export type StreamKind = "exec" | "attach";

/** Undefined for a pod that no node has been given: there is nothing to read yet. */
export function logLocation(pod: Pod, options: LogOptions): KubeletLocation | undefined {
  const container = containerOf(pod, options.container);
  const nodeName = pod.spec.nodeName ?? "";
  if (nodeName === "") return undefined;
  const query = new URLSearchParams();
  if (options.follow) query.set("follow", "true");
  if (options.previous) query.set("previous", "true");
  if (options.timestamps) query.set("timestamps", "true");
  for (const name of ["sinceSeconds", "sinceTime", "tailLines", "limitBytes", "stream"] as const) {
    const value = options[name];
    if (value !== undefined) query.set(name, String(value));
  }
  return { nodeName, path: `/containerLogs/${pathOf(pod)}/${container}${suffix(query)}` };
}

/** `request` holds the query of the API request; the kubelet's parameters have other names. */
export function streamLocation(pod: Pod, kind: StreamKind, request: URLSearchParams): KubeletLocation {
  const container = containerOf(pod, request.get("container") ?? "");
  const nodeName = hostOf(pod);
  const query = new URLSearchParams();
  for (const [parameter, name] of Object.entries(STREAM_PARAMETERS)) {
    if (parseBoolean(request.get(parameter)) === true) query.set(name, "1");
  }
  if (kind === "exec") for (const word of request.getAll("command")) query.append("command", word);
  return { nodeName, path: `/${kind}/${pathOf(pod)}/${container}${suffix(query)}` };
}

export function portForwardLocation(pod: Pod, request: URLSearchParams): KubeletLocation {
  const nodeName = hostOf(pod);
  const ports = request
    .getAll("ports")
    .flatMap((value) => value.split(","))
    .map(parsePort);
  const query = new URLSearchParams(ports.length === 0 ? {} : { port: ports.join(",") });
  return { nodeName, path: `/portForward/${pathOf(pod)}${suffix(query)}` };
}

const STREAM_PARAMETERS: Readonly<Record<string, string>> = {
  stdin: "input",
  stdout: "output",
  stderr: "error",
  tty: "tty",
};

function containerOf(pod: Pod, wanted: string): string {
  const { metadata, spec } = pod;
  const names = allContainers(pod);
  if (wanted !== "") {
    if (names.includes(wanted)) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${metadata.name}`);
  }
  const [only, ...others] = spec.containers;
  if (only !== undefined && others.length === 0) return only.name;
  const choice = only === undefined ? "" : `, choose one of: [${names.join(" ")}]`;
  throw badRequest(`a container name must be specified for pod ${metadata.name}${choice}`);
}

function allContainers({ spec }: Pod): readonly string[] {
  const { initContainers = [], containers, ephemeralContainers = [] } = spec;
  return [...initContainers, ...containers, ...ephemeralContainers].map(({ name }) => name);
}

function hostOf({ metadata, spec }: Pod): string {
  const nodeName = spec.nodeName ?? "";
  if (nodeName === "") throw badRequest(`pod ${metadata.name} does not have a host assigned`);
  return nodeName;
}

function pathOf({ metadata }: Pod): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function suffix(query: URLSearchParams): string {
  query.sort();
  return query.size === 0 ? "" : `?${query.toString()}`;
}

function parsePort(text: string): string {
  if (/^[0-9]+$/.test(text) && Number(text) < 2 ** 16) return String(Number(text));
  const reason = /^[0-9]+$/.test(text) ? "value out of range" : "invalid syntax";
  throw badRequest(
    `cannot convert to []int32: strconv.ParseUint: parsing ${JSON.stringify(text)}: ${reason}`,
  );
}

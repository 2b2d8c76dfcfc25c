import { parseTime, TimeError } from "#apimachinery/time.ts";
import { ServingError } from "../serving-error.ts";

type LogStream = "stdout" | "stderr";

/** What a client wants to see of a log (PodLogOptions). */
export interface ContainerLogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  /** Milliseconds since the epoch. */
  readonly since: number | undefined;
  /** Both when undefined. */
  readonly stream: LogStream | undefined;
}

const STREAMS: Readonly<Record<string, LogStream | undefined>> = {
  All: undefined,
  Stdout: "stdout",
  Stderr: "stderr",
};

/** Throws a `ServingError` in the words of kubernetes `pkg/kubelet/server/server.go`, which say little. */
export function containerLogOptions(query: URLSearchParams, nowMs: number): ContainerLogOptions {
  const request = decodeQuery(query);
  if (!isValid(request)) throw new ServingError(422, '{"message": "Invalid request."}');
  const { sinceSeconds, sinceTime, stream, ...options } = request;
  return {
    ...options,
    since: sinceSeconds === undefined ? sinceTime : nowMs - sinceSeconds * 1000,
    stream: STREAMS[stream],
  };
}

interface LogRequest extends Omit<ContainerLogOptions, "since" | "stream"> {
  readonly sinceSeconds: number | undefined;
  /** Milliseconds since the epoch. */
  readonly sinceTime: number | undefined;
  readonly stream: string;
}

function decodeQuery(query: URLSearchParams): LogRequest {
  return {
    follow: parseFlag(query.get("follow")),
    previous: parseFlag(query.get("previous")),
    timestamps: parseFlag(query.get("timestamps")),
    tailLines: parseInteger(tailOf(query)),
    limitBytes: parseInteger(query.get("limitBytes")),
    sinceSeconds: parseInteger(query.get("sinceSeconds")),
    sinceTime: parseInstant(query.get("sinceTime")),
    stream: query.get("stream") ?? "All",
  };
}

/** `tail` is the old name of `tailLines`, with `all` for none. */
function tailOf(query: URLSearchParams): string | null {
  const tail = query.get("tail") ?? "";
  if (tail === "") return query.get("tailLines");
  return tail === "all" ? null : tail;
}

/** Kubernetes `pkg/apis/core/v1/validation` `ValidatePodLogOptions`. */
function isValid({ tailLines, limitBytes = 1, sinceSeconds, sinceTime, stream }: LogRequest): boolean {
  if ((tailLines ?? 0) < 0 || limitBytes < 1 || (sinceSeconds ?? 1) < 1) return false;
  if (sinceSeconds !== undefined && sinceTime !== undefined) return false;
  return Object.hasOwn(STREAMS, stream) && (stream === "All" || tailLines === undefined);
}

/** Apimachinery `pkg/runtime/conversion.go`. */
function parseFlag(value: string | null): boolean {
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}

function parseInteger(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (!/^[+-]?[0-9]+$/.test(value)) throw undecodable();
  return Number(value);
}

function parseInstant(value: string | null): number | undefined {
  if (value === null || value === "") return undefined;
  try {
    return parseTime(value);
  } catch (error) {
    if (error instanceof TimeError) throw undecodable();
    throw error;
  }
}

function undecodable(): ServingError {
  return new ServingError(400, '{"message": "Unable to decode query."}');
}

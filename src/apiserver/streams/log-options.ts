/** The options of `pods/log` (PodLogOptions), checked as kubernetes `ValidatePodLogOptions` does. */
import {
  type FieldError,
  forbidden,
  invalid as invalidField,
  notSupported,
} from "#apimachinery/field-error.ts";
import { invalid } from "#apimachinery/status-error.ts";
import { parseBoolean, parseInteger, parseText } from "../front/query-values.ts";

export interface LogOptions {
  /** Empty when the pod has only one. */
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly sinceSeconds: number | undefined;
  /** RFC 3339. */
  readonly sinceTime: string | undefined;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  readonly stream: string;
  /** Believes whoever answers at the node's address to be its kubelet. */
  readonly insecureSkipTLSVerifyBackend: boolean;
}

const STREAMS: readonly string[] = ["All", "Stderr", "Stdout"];

/** Throws Invalid or BadRequest. */
export function logOptions(query: URLSearchParams, podName: string): LogOptions {
  const flag = (name: string): boolean => parseBoolean(query.get(name)) === true;
  const options: LogOptions = {
    container: query.get("container") ?? "",
    follow: flag("follow"),
    previous: flag("previous"),
    timestamps: flag("timestamps"),
    sinceSeconds: parseInteger(query.get("sinceSeconds")),
    sinceTime: parseText(query.get("sinceTime")),
    tailLines: parseInteger(query.get("tailLines")),
    limitBytes: parseInteger(query.get("limitBytes")),
    stream: query.get("stream") ?? "All",
    insecureSkipTLSVerifyBackend: flag("insecureSkipTLSVerifyBackend"),
  };
  const errors = logErrors(options);
  if (errors.length > 0) throw invalid({ group: "", kind: "PodLogOptions" }, podName, errors);
  return options;
}

function logErrors({ tailLines, limitBytes, sinceSeconds, sinceTime, stream }: LogOptions): FieldError[] {
  const errors: FieldError[] = [];
  if (tailLines !== undefined && tailLines < 0) {
    errors.push(invalidField("tailLines", tailLines, "must be greater than or equal to 0"));
  }
  if (limitBytes !== undefined && limitBytes < 1) {
    errors.push(invalidField("limitBytes", limitBytes, "must be greater than 0"));
  }
  if (sinceSeconds !== undefined && sinceTime !== undefined) {
    errors.push(forbidden("", "at most one of `sinceTime` or `sinceSeconds` may be specified"));
  } else if (sinceSeconds !== undefined && sinceSeconds < 1) {
    errors.push(invalidField("sinceSeconds", sinceSeconds, "must be greater than 0"));
  }
  return [...errors, ...streamErrors(stream, tailLines)];
}

function streamErrors(stream: string, tailLines: number | undefined): FieldError[] {
  if (!STREAMS.includes(stream)) return [notSupported("stream", stream, STREAMS)];
  if (stream === "All" || tailLines === undefined) return [];
  return [forbidden("", "`tailLines` and specific `stream` are mutually exclusive for now")];
}

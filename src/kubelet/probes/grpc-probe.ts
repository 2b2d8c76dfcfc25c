import { type ClientHttp2Session, connect, constants } from "node:http2";
import { formatDuration } from "#apimachinery/duration.ts";
import { joinHostPort, networkErrorText } from "./network-error-text.ts";
import type { ProbeOutcome } from "./probe-outcome.ts";

export interface GrpcTarget {
  readonly host: string;
  readonly port: number;
  readonly service: string;
  readonly userAgent: string;
}

interface GrpcAnswer {
  /** `grpc-status`. */
  readonly code: number;
  readonly message: string;
  readonly body: Uint8Array;
}

/** grpc/status codes and `grpc.health.v1.HealthCheckResponse.ServingStatus`. */
const UNIMPLEMENTED = 12;
const DEADLINE_EXCEEDED = 4;
const SERVING_STATUS = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
const PATH = "/grpc.health.v1.Health/Check";

/** Asks by the gRPC health checking protocol (`pkg/probe/grpc`), which is one small message each way over HTTP/2. */
export async function probeGrpc(target: GrpcTarget, timeoutMs: number): Promise<ProbeOutcome> {
  const timeout = formatDuration(BigInt(timeoutMs) * 1_000_000n);
  const address = joinHostPort(target.host, target.port);
  const session = connect(`http://${address}`);
  const deadline = setTimeout(() => session.destroy(new DOMException("", "TimeoutError")), timeoutMs);
  try {
    return outcomeOf(await check(session, target), timeout);
  } catch (error) {
    const output =
      (error as Error).name === "TimeoutError"
        ? `timeout: failed to connect service "${address}" within ${timeout}: context deadline exceeded`
        : `error: failed to connect service at "${address}": ${networkErrorText(error)}`;
    return { result: "failure", output };
  } finally {
    clearTimeout(deadline);
    session.destroy();
  }
}

function outcomeOf({ code, message, body }: GrpcAnswer, timeout: string): ProbeOutcome {
  if (code === UNIMPLEMENTED) {
    const what = "this server does not implement the grpc health protocol (grpc.health.v1.Health)";
    return { result: "failure", output: `error: ${what}: ${message}` };
  }
  if (code === DEADLINE_EXCEEDED) {
    return { result: "failure", output: `timeout: health rpc did not complete within ${timeout}` };
  }
  if (code !== 0) return { result: "failure", output: `error: health rpc probe failed: ${message}` };
  const status = SERVING_STATUS[servingStatus(body)] ?? "UNKNOWN";
  if (status === "SERVING") return { result: "success", output: "service healthy" };
  return { result: "failure", output: `service unhealthy (responded with "${status}")` };
}

function check(session: ClientHttp2Session, { service, userAgent }: GrpcTarget): Promise<GrpcAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<GrpcAnswer>();
  session.once("error", reject);
  session.once("close", () => reject(new DOMException("", "TimeoutError")));
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_PATH]: PATH,
    "content-type": "application/grpc",
    "user-agent": userAgent,
    te: "trailers",
  });
  const chunks: Uint8Array[] = [];
  let answer: Pick<GrpcAnswer, "code" | "message"> = { code: 2, message: "no status" };
  const note = (headers: Readonly<Record<string, unknown>>): void => {
    if (headers["grpc-status"] === undefined) return;
    answer = {
      code: Number(headers["grpc-status"]),
      message: decodeURIComponent(textOf(headers["grpc-message"])),
    };
  };
  stream.on("response", note);
  stream.on("trailers", note);
  stream.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  stream.once("error", reject);
  stream.once("end", () => resolve({ ...answer, body: Buffer.concat(chunks) }));
  stream.end(frame(requestMessage(service)));
  return promise;
}

function textOf(header: unknown): string {
  return typeof header === "string" ? header : "";
}

/** A message behind its compression flag and length. */
function frame(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(5 + message.length);
  new DataView(framed.buffer).setUint32(1, message.length);
  framed.set(message, 5);
  return framed;
}

/** `HealthCheckRequest { string service = 1; }`; names of services are short. */
function requestMessage(service: string): Uint8Array {
  const name = new TextEncoder().encode(service);
  return name.length === 0 ? name : new Uint8Array([0x0a, name.length, ...name]);
}

/** `HealthCheckResponse { ServingStatus status = 1; }` behind its frame. */
function servingStatus(body: Uint8Array): number {
  return body[5] === 0x08 ? (body[6] ?? 0) : 0;
}

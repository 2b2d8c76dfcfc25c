import * as http from "node:http";
import * as https from "node:https";
import type { HTTPGetAction } from "#api/generated/core-v1.ts";
import { joinHostPort, networkErrorText } from "./network-error-text.ts";
import { MAX_OUTPUT_BYTES, type ProbeOutcome } from "./probe-outcome.ts";

export interface HttpTarget {
  readonly action: HTTPGetAction;
  readonly port: number;
  /** Where to ask when the action names no host. */
  readonly podIP: string;
  /** `kube-probe/1.36`. */
  readonly userAgent: string;
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly location: string | undefined;
  readonly body: string;
}

const MAX_REDIRECTS = 10;

/** An address below which nobody can be reached in time. */
class RequestTimeout extends Error {}

/** Asks over HTTP whether all is well (`pkg/probe/http`); certificates are not verified. */
export async function probeHttp(target: HttpTarget, timeoutMs: number): Promise<ProbeOutcome> {
  const url = urlOf(target);
  try {
    const { statusCode, body } = await getFollowing(url, target, timeoutMs);
    if (statusCode >= 200 && statusCode < 300) return { result: "success", output: body };
    if (statusCode >= 300 && statusCode < 400) {
      return { result: "warning", output: `Probe terminated redirects, Response body: ${body}` };
    }
    return { result: "failure", output: `HTTP probe failed with statuscode: ${String(statusCode)}` };
  } catch (error) {
    return { result: "failure", output: `Get ${JSON.stringify(url.href)}: ${requestErrorText(error, url)}` };
  }
}

/** Redirects to the same host are followed, those to others are an answer. */
async function getFollowing(start: URL, target: HttpTarget, timeoutMs: number): Promise<HttpAnswer> {
  const deadline = AbortSignal.timeout(timeoutMs);
  let url = start;
  for (let hops = 0; ; hops += 1) {
    const answer = await get(url, target, deadline);
    const isRedirect = answer.statusCode >= 300 && answer.statusCode < 400 && answer.location !== undefined;
    if (!isRedirect) return answer;
    const next = new URL(answer.location ?? "", url);
    if (next.hostname !== start.hostname) return answer;
    if (hops === MAX_REDIRECTS) throw new Error(`stopped after ${String(MAX_REDIRECTS)} redirects`);
    url = next;
  }
}

/** One request without following anything. Rejects with Node's error or a RequestTimeout. */
export function get(url: URL, { action, userAgent }: HttpTarget, deadline: AbortSignal): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const client = url.protocol === "https:" ? https : http;
  const request = client.request(url, {
    agent: false,
    rejectUnauthorized: false,
    headers: headersOf(action, userAgent),
    signal: deadline,
  });
  request.once("error", (error) => reject(deadline.aborted ? new RequestTimeout() : error));
  request.once("response", (response) => {
    readBody(response).then(
      (body) => resolve({ statusCode: response.statusCode ?? 0, location: response.headers.location, body }),
      (error: unknown) => reject(deadline.aborted ? new RequestTimeout() : (error as Error)),
    );
  });
  request.end();
  return promise;
}

export function urlOf({ action, port, podIP }: HttpTarget): URL {
  const { scheme = "HTTP", host = "", path = "" } = action;
  const authority = joinHostPort(host === "" ? podIP : host, port);
  return new URL(path.startsWith("/") ? path : `/${path}`, `${scheme.toLowerCase()}://${authority}`);
}

/** In the words of Go's http package. */
export function requestErrorText(error: unknown, { hostname, port, protocol }: URL): string {
  if (error instanceof RequestTimeout) {
    return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
  }
  const number = port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
  const { code = "" } = error as NodeJS.ErrnoException;
  const text = networkErrorText(error);
  const isDial = text.startsWith("connect:") || code === "ENOTFOUND";
  return isDial ? `dial tcp ${joinHostPort(hostname.replace(/^\[|\]$/g, ""), number)}: ${text}` : text;
}

function headersOf({ httpHeaders = [] }: HTTPGetAction, userAgent: string): http.OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = {};
  for (const { name, value } of httpHeaders) {
    const before = headers[name];
    headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  const given = new Set(httpHeaders.map(({ name }) => name.toLowerCase()));
  if (!given.has("user-agent")) headers["User-Agent"] = userAgent;
  if (!given.has("accept")) headers["Accept"] = "*/*";
  // One connection for one probe: the next one must find out whether connecting works.
  headers["Connection"] = "close";
  return headers;
}

async function readBody(response: http.IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_OUTPUT_BYTES) break;
  }
  response.destroy();
  return Buffer.concat(chunks).subarray(0, MAX_OUTPUT_BYTES).toString();
}

import { isIP } from "node:net";
import type { Exchange } from "#https/exchange.ts";
import type { AuditedRequest } from "../audit/request-audit.ts";
import { requestInfoAttributes } from "./request-attributes.ts";
import { isLongRunning, type RequestInfo } from "./request-info.ts";

/** Of a longer one the rest is left out (apiserver `pkg/audit/request.go`). */
const MAX_USER_AGENT_LENGTH = 1024;

/** What an HTTP request says of itself for audit events. */
export function auditedExchange(exchange: Exchange, info: RequestInfo): AuditedRequest {
  const userAgent = exchange.header("user-agent") ?? "";
  return {
    auditID: exchange.requestId,
    requestURI: exchange.url,
    sourceIPs: sourceIPs(exchange),
    userAgent:
      userAgent.length > MAX_USER_AGENT_LENGTH
        ? `${userAgent.slice(0, MAX_USER_AGENT_LENGTH)}...TRUNCATED`
        : userAgent,
    isLongRunning: isLongRunning(info),
    attributesFor: (user) => requestInfoAttributes(user, info),
  };
}

/** Whom proxies name, and last who the connection comes from (apimachinery `util/net/http.go`). */
export function sourceIPs({ peer, headers }: Pick<Exchange, "peer" | "headers">): readonly string[] {
  const forwarded = String(headers["x-forwarded-for"] ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter((each) => isIP(each) !== 0);
  const real = String(headers["x-real-ip"] ?? "").trim();
  const named = isIP(real) !== 0 && !forwarded.includes(real) ? [...forwarded, real] : forwarded;
  return named.at(-1) === peer.address ? named : [...named, peer.address];
}

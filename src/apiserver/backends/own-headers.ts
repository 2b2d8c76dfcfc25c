import type { RequestHeaders } from "#https/exchange.ts";
import { withoutToken } from "../authentication/web-socket-token.ts";

const PROTOCOLS = "sec-websocket-protocol";

/** The headers without what tells the API server alone who the client is, or asks to be: nobody behind it sees that. */
export function withoutOwnHeaders(headers: RequestHeaders): RequestHeaders {
  const passed = Object.entries(headers).filter(([name]) => !isOwnHeader(name) && !name.startsWith(":"));
  const protocols = headers[PROTOCOLS];
  if (protocols !== undefined) passed.push([PROTOCOLS, withoutToken(String(protocols))]);
  return Object.fromEntries(passed);
}

function isOwnHeader(name: string): boolean {
  return name === "authorization" || name.startsWith("impersonate-");
}

import type { UserInfo } from "#apimachinery/user.ts";
import type { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import type { RequestAudit } from "../audit/request-audit.ts";
import type { Warnings } from "../warnings.ts";
import type { RequestInfo } from "./request-info.ts";

/** A request that has been understood and whose sender is known. */
export interface Caller {
  readonly info: RequestInfo;
  readonly user: UserInfo;
  /** What the client is told besides the answer, whether that is a success or not. */
  readonly warnings: Warnings;
  /** Present where requests are recorded. */
  readonly audit?: RequestAudit | undefined;
}

/** Answers a request; failures are thrown, best as `StatusError`. */
export type Handler = (exchange: Exchange, caller: Caller) => Answer | Promise<Answer>;

/** One entry of the server's map of paths. */
export interface Route {
  /** Such as `/version`, or `/healthz/*` for everything below. */
  readonly path: string;
  /** Default GET, which HEAD is answered like. */
  readonly methods?: "any";
  /** For what needs no authorization: who may be anonymous there, unless the operator says otherwise, or always. */
  readonly anonymous?: "default" | "always";
  /** What metrics call a request of this route; default the path. Undefined for what does not exist. */
  readonly label?: (info: RequestInfo) => string | undefined;
  readonly handler: Handler;
}

import { genericNotFound, type StatusError, timeout, unauthorized } from "#apimachinery/status-error.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import type { Answer } from "#https/answer.ts";
import { AuthenticationError, type AuthenticationNotes, type Authenticator } from "#https/authenticator.ts";
import type { Exchange } from "#https/exchange.ts";
import type { Logger } from "#observability/logger.ts";
import type { Auditor } from "../audit/auditor.ts";
import type { RequestAudit } from "../audit/request-audit.ts";
import { timed } from "../audit-annotations.ts";
import { type AnonymousAccess, anonymousUser } from "../authentication/anonymous.ts";
import { requireAllowed } from "../authorization/authorize-request.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { LimitedRequest, RequestLimiter } from "../flowcontrol/request-limiter.ts";
import { impersonate } from "../impersonation/impersonate.ts";
import { IMPERSONATION_PREFIX, readImpersonation } from "../impersonation/impersonation-headers.ts";
import { PlainError } from "../plain-error.ts";
import { Warnings } from "../warnings.ts";
import { auditedExchange } from "./audited-exchange.ts";
import type { AuthenticationEnd } from "./authentication-metrics.ts";
import { Deadlines } from "./deadlines.ts";
import { asStatusError, errorAnswer } from "./error-answer.ts";
import { requestInfoAttributes } from "./request-attributes.ts";
import { isLongRunning, parseRequestInfo, type RequestInfo } from "./request-info.ts";
import type { RequestMetrics } from "./request-metrics.ts";
import { requestTimeoutMs } from "./request-timeout.ts";
import type { Route } from "./route.ts";
import { formatWarnings } from "./warning-header.ts";
import type { WireFormats } from "./wire-formats.ts";

/** No request waits longer for its turn. */
const MAX_WAIT_MS = 60_000;

export interface RequestTimeouts {
  /** How long a request may take that is not long-running. */
  readonly maxRequestMs: number;
}

export interface RequestChainDependencies {
  readonly authenticator: Authenticator;
  readonly anonymous: AnonymousAccess;
  /** Whether a header is for authentication alone, by its lower-case name. */
  readonly isFrontProxyHeader: (name: string) => boolean;
  readonly authorizer: Authorizer;
  readonly limiter: RequestLimiter;
  /** Default: requests are not recorded. */
  readonly auditor?: Auditor | undefined;
  readonly metrics: RequestMetrics;
  /** For errors. */
  readonly formats: WireFormats;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Who answers a request, and what its client is told besides. */
interface Handling {
  readonly route: Route;
  readonly warnings: Warnings;
  readonly audit: RequestAudit | undefined;
}

/**
 * What every request goes through before and after its handler: it is understood, its sender is found out, it waits for
 * its turn, its time is limited, its failure becomes a Status, and it is counted.
 */
export class RequestChain {
  readonly #dependencies: RequestChainDependencies;
  readonly #deadlines: Deadlines;
  readonly #timeouts: RequestTimeouts;

  constructor(timeouts: RequestTimeouts, dependencies: RequestChainDependencies) {
    this.#timeouts = timeouts;
    this.#dependencies = dependencies;
    this.#deadlines = new Deadlines(dependencies.clock);
  }

  /** Never rejects. */
  async handle(exchange: Exchange, route: Route): Promise<Answer> {
    const { clock, metrics, auditor } = this.#dependencies;
    const info = parseRequestInfo(exchange.method, exchange.path, exchange.query);
    if (info === undefined) return errorAnswer(genericNotFound(), exchange, this.#dependencies.formats);
    const pattern = route.label === undefined ? route.path : route.label(info);
    const end = metrics.start(exchange, info, { route: pattern, startedAt: clock.now() });
    const audit = auditor?.follow(auditedExchange(exchange, info));
    const answer = await this.#answer(exchange, info, { route, audit });
    exchange.onFinished(() => end(answer.code, clock.now()));
    if (audit !== undefined) {
      await audit.answered(answer.code);
      if (audit.isLongRunning) exchange.onFinished(() => void audit.completed());
      else await audit.completed();
    }
    return answer;
  }

  async #answer(
    exchange: Exchange,
    info: RequestInfo,
    handling: Omit<Handling, "warnings">,
  ): Promise<Answer> {
    const warnings = new Warnings();
    const answer = await this.#tryAnswer(exchange, info, { ...handling, warnings });
    const lines = formatWarnings(warnings.list());
    return lines.length === 0 ? answer : answer.with({ warning: lines });
  }

  async #tryAnswer(exchange: Exchange, info: RequestInfo, handling: Handling): Promise<Answer> {
    try {
      if (isLongRunning(info)) {
        const { maxRequestMs } = this.#timeouts;
        if (info.isResourceRequest && info.verb === "watch") this.#startInTime(exchange, maxRequestMs);
        return await this.#work(exchange, info, { ...handling, maxMs: maxRequestMs });
      }
      const maxMs = requestTimeoutMs(exchange.query, this.#timeouts.maxRequestMs);
      return await this.#inTime(exchange, maxMs, this.#work(exchange, info, { ...handling, maxMs }));
    } catch (error) {
      return errorAnswer(
        this.#reported(error, exchange, handling.audit),
        exchange,
        this.#dependencies.formats,
      );
    }
  }

  /** A watch may last, but not the telling of what is there already. */
  #startInTime(exchange: Exchange, maxMs: number): void {
    const deadline = this.#deadlines.add(maxMs, () => exchange.cutOff());
    exchange.onUnderWay(() => deadline[Symbol.dispose]());
    exchange.onFinished(() => deadline[Symbol.dispose]());
  }

  /** Answers Timeout when the work takes too long, and breaks the answer off when its client does. */
  #inTime(exchange: Exchange, maxMs: number, work: Promise<Answer>): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    let isAnswered = false;
    const deadline = this.#deadlines.add(maxMs, () => {
      // Whoever has left HTTP stays as long as both sides like.
      if (exchange.upgrade?.isTaken === true) return;
      const error = timeout("request did not complete within the allotted timeout");
      exchange.abort(error);
      if (isAnswered) exchange.cutOff();
      else reject(error);
    });
    exchange.onFinished(() => deadline[Symbol.dispose]());
    work.then(
      (answer) => {
        isAnswered = true;
        resolve(answer);
      },
      (error: unknown) => {
        isAnswered = true;
        reject(error as Error);
      },
    );
    return promise;
  }

  async #work(
    exchange: Exchange,
    info: RequestInfo,
    { maxMs, ...handling }: Handling & { readonly maxMs: number },
  ): Promise<Answer> {
    const { clock, limiter, metrics } = this.#dependencies;
    const notes = handling.audit?.annotations;
    const count = metrics.authentication.start(clock);
    const sender = await timed(notes, "authentication", () => this.#authenticate(exchange, handling, count));
    count("success", sender.name);
    exchange.dropHeaders(this.#dependencies.isFrontProxyHeader);
    await handling.audit?.authenticated(sender);
    const user = await timed(notes, "impersonation", () => this.#actingUser(exchange, info, sender));
    if (user !== sender) handling.audit?.impersonated(user);
    // In its queue a request may spend a fourth of its time.
    const request = { exchange, info, user, maxWaitMs: Math.min(maxMs / 4, MAX_WAIT_MS) };
    const queuedAt = clock.now();
    return await limiter.limit(request, () => {
      notes?.took("apf-queue-wait", clock.now() - queuedAt);
      return this.#carryOut(request, handling);
    });
  }

  async #carryOut(
    { exchange, info, user }: LimitedRequest,
    { route, warnings, audit }: Handling,
  ): Promise<Answer> {
    if (!info.isResourceRequest && route.anonymous === undefined) {
      const attributes = requestInfoAttributes(user, info);
      await requireAllowed(this.#dependencies.authorizer, attributes, audit?.annotations);
    }
    return await route.handler(exchange, { info, user, warnings, audit });
  }

  /** The sender, or whom the sender asks to be. */
  async #actingUser(exchange: Exchange, info: RequestInfo, sender: UserInfo): Promise<UserInfo> {
    const lines = exchange.headerLines(IMPERSONATION_PREFIX);
    const wanted = lines.length === 0 ? undefined : readImpersonation(lines);
    if (wanted === undefined) return sender;
    const { authorizer, logger } = this.#dependencies;
    const user = await impersonate(authorizer, wanted, requestInfoAttributes(sender, info));
    logger.debug("Acted as somebody else", {
      sender: sender.name,
      user: user.name,
      requestId: exchange.requestId,
    });
    return user;
  }

  async #authenticate(
    exchange: Exchange,
    { route, audit, warnings }: Handling,
    count: AuthenticationEnd,
  ): Promise<UserInfo> {
    const notes: AuthenticationNotes = {
      annotate: (key, value) => audit?.annotations.add(key, value),
      warn: (text) => warnings.add(text),
    };
    try {
      const user = await this.#dependencies.authenticator.authenticate(exchange, notes);
      if (user !== undefined) return user;
    } catch (error) {
      if (!(error instanceof AuthenticationError)) throw error;
      count("error");
      const { requestId, peer } = exchange;
      this.#dependencies.logger.info("Refused credentials", {
        reason: error.message,
        source: peer.address,
        requestId,
      });
      audit?.refused();
      throw unauthorized();
    }
    if (this.#dependencies.anonymous(exchange.path, route)) return anonymousUser;
    count("failure");
    audit?.refused();
    throw unauthorized();
  }

  /** A failure that is not meant for clients is logged here, once. */
  #reported(error: unknown, exchange: Exchange, audit: RequestAudit | undefined): StatusError {
    const status = asStatusError(error);
    if (!(error instanceof PlainError)) audit?.failed(status);
    if (status !== error && !exchange.signal.aborted) {
      audit?.panicked(status.message);
      const { method, path, requestId } = exchange;
      this.#dependencies.logger.error("Request failed unexpectedly", {
        method,
        path,
        requestId,
        error,
        stack: error instanceof Error ? error.stack : undefined,
      });
    }
    return status;
  }
}

import { genericNotFound } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import type { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { UnreadNews } from "#https/unread-news.ts";
import { isWebSocketRequest } from "../authentication/web-socket-token.ts";
import { attributesOf, requireAllowed } from "../authorization/authorize-request.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { RequestContext, RequestPipeline } from "../pipeline.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import { findServed, type Located } from "./find-served.ts";
import { objectAnswer, transformedBytes } from "./object-answer.ts";
import {
  JSON_TYPE,
  negotiateOutput,
  notStreamable,
  outputWishes,
  resourceDocuments,
} from "./output-format.ts";
import { isConnect, type ResourceRequestInfo } from "./request-info.ts";
import { type BodyReaders, readOperation } from "./resource-request.ts";
import type { Caller, Handler } from "./route.ts";
import { TableTransform } from "./table-transform.ts";
import { type WatchOutput, type WatchResponse, watchAnswer } from "./watch-answer.ts";
import { answerWebSocketWatch } from "./web-socket-watch.ts";
import type { WireFormats } from "./wire-formats.ts";

/** Answers a request for a subresource that is a connection to something else. */
export type ConnectHandler = (
  exchange: Exchange,
  context: RequestContext,
  located: Located & { readonly info: ResourceRequestInfo },
) => Promise<Answer>;

export interface ResourceHandlerDependencies {
  readonly pipeline: RequestPipeline;
  readonly authorizer: Authorizer;
  readonly registry: KindRegistry;
  readonly connect: ConnectHandler;
  readonly bodies: BodyReaders;
  readonly formats: WireFormats;
  readonly clock: Pick<Clock, "now">;
}

/** Hands requests for resources to the pipeline and writes what it answers. */
export function createResourceHandler(dependencies: ResourceHandlerDependencies): Handler {
  const { registry, connect } = dependencies;
  const answerWatch = createWatchHandler();
  return async (exchange, caller) => {
    const { info } = caller;
    if (!info.isResourceRequest) throw genericNotFound();
    const allowed = (): Promise<void> =>
      requireAllowed(
        dependencies.authorizer,
        attributesOf(caller.user, info.target, info.verb),
        caller.audit?.annotations,
      );
    const located = await orForbidden(() => findServed(registry, info), allowed);
    const context = requestContext(exchange, caller);
    if (isConnect(info.target)) return await connect(exchange, context, { ...located, info });
    return await handleResource(
      exchange,
      context,
      { ...located, info },
      {
        ...dependencies,
        answerWatch,
        allowed,
      },
    );
  };
}

type WatchHandler = (exchange: Exchange, response: WatchResponse, output: WatchOutput) => Promise<Answer>;

/** Events go over a WebSocket where the client asks for one. */
function createWatchHandler(): WatchHandler {
  const unread = new UnreadNews();
  return async (exchange, response, output) => {
    const { upgrade } = exchange;
    return upgrade !== undefined && isWebSocketRequest(exchange)
      ? await answerWebSocketWatch(exchange, upgrade, { response, output }, unread)
      : watchAnswer(response, output);
  };
}

/** Who may not ask does not learn what is wrong with the question: the pipeline authorizes only what is right. */
async function orForbidden<T>(read: () => T | Promise<T>, allowed: () => Promise<void>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    await allowed();
    throw error;
  }
}

async function handleResource(
  exchange: Exchange,
  context: RequestContext,
  { served, verb, info }: Located & { readonly info: ResourceRequestInfo },
  {
    pipeline,
    bodies,
    formats,
    clock,
    answerWatch,
    allowed,
  }: ResourceHandlerDependencies & {
    readonly answerWatch: WatchHandler;
    readonly allowed: () => Promise<void>;
  },
): Promise<Answer> {
  const wanted = await orForbidden(
    () => negotiateOutput(outputWishes(exchange), resourceDocuments(served)),
    allowed,
  );
  const { transform } = wanted;
  const now = (): number => clock.now();
  const table =
    transform?.kind === "Table" ? new TableTransform(transform, exchange.query, { served, now }) : undefined;
  const format = formats.of(wanted);
  const { operation, warnings } = await orForbidden(
    () => readOperation(exchange, verb, { served, info }, bodies),
    allowed,
  );
  try {
    const response = await pipeline.handle(context, { target: info.target, operation });
    if (response.type !== "watch") {
      if (transform !== undefined) {
        const json = formats.of({ mediaType: JSON_TYPE, pretty: false, transform });
        context.audit?.transformed(() => transformedBytes(response, { json, table }));
      }
      return objectAnswer(response, { format, transform, table });
    }
    const { stream } = format;
    if (stream === undefined) throw notStreamable();
    return await answerWatch(exchange, response, { stream, table });
  } finally {
    context.warnings?.add(...warnings());
  }
}

export function requestContext(exchange: Exchange, { user, warnings, audit }: Caller): RequestContext {
  const { peer, requestId, signal } = exchange;
  const userAgent = exchange.header("user-agent") ?? "";
  return { user, userAgent, sourceIP: peer.address, requestId, signal, warnings, audit };
}

import { genericNotFound } from "#apimachinery/status-error.ts";
import type { Clock } from "#base/clock.ts";
import type { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import type { RequestContext, RequestPipeline } from "../pipeline.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import { findServed, type Located } from "./find-served.ts";
import { objectAnswer } from "./object-answer.ts";
import { negotiateOutput, outputWishes } from "./output-format.ts";
import { isConnect, type ResourceRequestInfo } from "./request-info.ts";
import { type BodyReaders, readOperation } from "./resource-request.ts";
import type { Caller, Handler } from "./route.ts";
import { Transformer } from "./transform.ts";
import { watchAnswer } from "./watch-answer.ts";

/** Answers a request for a subresource that is a connection to something else. */
export type ConnectHandler = (
  exchange: Exchange,
  context: RequestContext,
  located: Located & { readonly info: ResourceRequestInfo },
) => Promise<Answer>;

export interface ResourceHandlerDependencies {
  readonly pipeline: RequestPipeline;
  readonly registry: KindRegistry;
  readonly connect: ConnectHandler;
  readonly bodies: BodyReaders;
  readonly clock: Pick<Clock, "now">;
}

/** Hands requests for resources to the pipeline and writes what it answers. */
export function createResourceHandler(dependencies: ResourceHandlerDependencies): Handler {
  const { registry, connect } = dependencies;
  return async (exchange, caller) => {
    const { info } = caller;
    if (!info.isResourceRequest) throw genericNotFound();
    const located = findServed(registry, info);
    const context = requestContext(exchange, caller);
    return isConnect(info.target)
      ? await connect(exchange, context, { ...located, info })
      : await handleResource(exchange, context, { ...located, info }, dependencies);
  };
}

async function handleResource(
  exchange: Exchange,
  context: RequestContext,
  { served, verb, info: { target } }: Located & { readonly info: ResourceRequestInfo },
  { pipeline, bodies, clock }: ResourceHandlerDependencies,
): Promise<Answer> {
  const format = negotiateOutput(outputWishes(exchange));
  const now = (): number => clock.now();
  const transformer = format.transform && new Transformer(format.transform, exchange.query, { served, now });
  const { operation, warnings } = await readOperation(exchange, verb, { served, target }, bodies);
  const response = await pipeline.handle(context, { target, operation });
  return response.type === "watch"
    ? watchAnswer(response, format, transformer)
    : objectAnswer(response, format, transformer, warnings());
}

export function requestContext(exchange: Exchange, { user }: Pick<Caller, "user">): RequestContext {
  const { peer, requestId, signal } = exchange;
  return { user, userAgent: exchange.header("user-agent") ?? "", sourceIP: peer.address, requestId, signal };
}

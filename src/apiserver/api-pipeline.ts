import type { RequestTarget, ResourceRequest } from "#apimachinery/request.ts";
import { genericNotFound } from "#apimachinery/status-error.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import { AuditAnnotations } from "./audit-annotations.ts";
import { requestAttributes, requireAllowed } from "./authorization/authorize-request.ts";
import { deprecatedRequests } from "./deprecated-requests.ts";
import type { PipelineResponse, RequestContext, RequestPipeline } from "./pipeline.ts";
import { deprecationOf } from "./registry/deprecation.ts";
import { type RequestRoutes, routeRequest } from "./request-router.ts";
import { translateError } from "./translate-error.ts";
import type { RequestScope } from "./verbs/request-scope.ts";
import { Warnings } from "./warnings.ts";

/** What every request goes through, in this order: authorization, and then the verb that it asks for. */
export class ApiPipeline implements RequestPipeline {
  readonly #routes: RequestRoutes;
  readonly #logger: Logger;
  readonly #noteDeprecated: (target: RequestTarget) => void;

  constructor(
    routes: RequestRoutes,
    { logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics },
  ) {
    this.#routes = routes;
    this.#logger = logger;
    this.#noteDeprecated = deprecatedRequests(metrics);
  }

  async handle(context: RequestContext, request: ResourceRequest): Promise<PipelineResponse> {
    try {
      return await this.#answer(context, request);
    } catch (error) {
      throw translateError(error, context.signal, this.#logger);
    }
  }

  async #answer(context: RequestContext, request: ResourceRequest): Promise<PipelineResponse> {
    const { authorizer, registry } = this.#routes.environment;
    const { warnings = new Warnings(), audit } = context;
    const annotations = audit?.annotations ?? new AuditAnnotations();
    await requireAllowed(authorizer, requestAttributes(context.user, request), audit?.annotations);
    const { target, operation } = request;
    const served = registry.find(target);
    if (served === undefined) throw genericNotFound();
    const deprecations = deprecationOf(served);
    if (deprecations.length > 0) {
      this.#noteDeprecated(target);
      annotations.add("k8s.io/deprecated", "true");
    }
    warnings.add(...deprecations);
    const scope: RequestScope = { context, target, served, warnings, annotations, undo: [] };
    try {
      const response = await routeRequest(this.#routes, scope, operation);
      audit?.responded(response);
      return response;
    } catch (error) {
      await Promise.all(scope.undo.map((undo) => undo()));
      throw error;
    } finally {
      // Only now: whoever may not ask is not told first what is wrong with the body.
      audit?.asked(target, operation);
    }
  }
}

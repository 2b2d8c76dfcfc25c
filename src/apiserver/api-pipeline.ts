import type { ResourceRequest } from "#apimachinery/request.ts";
import { genericNotFound } from "#apimachinery/status-error.ts";
import type { Logger } from "#observability/logger.ts";
import { AuditAnnotations } from "./audit-annotations.ts";
import { requestAttributes, requireAllowed } from "./authorization/authorize-request.ts";
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

  constructor(routes: RequestRoutes, logger: Logger) {
    this.#routes = routes;
    this.#logger = logger;
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
    await requireAllowed(authorizer, requestAttributes(context.user, request));
    const { target, operation } = request;
    const served = registry.find(target);
    if (served === undefined) throw genericNotFound();
    const { warnings = new Warnings(), annotations = new AuditAnnotations() } = context;
    warnings.add(...deprecationOf(served));
    const scope: RequestScope = { context, target, served, warnings, annotations, undo: [] };
    try {
      return await routeRequest(this.#routes, scope, operation);
    } catch (error) {
      await Promise.all(scope.undo.map((undo) => undo()));
      throw error;
    }
  }
}

import type { ResourceRequest } from "#apimachinery/request.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { encodeRequest } from "#client/encode-request.ts";
import { requestAttributes } from "../authorization/authorize-request.ts";
import type { PipelineResponse, RequestContext, RequestPipeline } from "../pipeline.ts";
import type { Auditor } from "./auditor.ts";
import type { AuditedRequest, RequestAudit } from "./request-audit.ts";

/** Records the requests of clients in this process, which come to the pipeline past HTTP. */
export function auditedPipeline(
  pipeline: RequestPipeline,
  auditor: Auditor,
  newUid: () => string,
): RequestPipeline {
  return {
    handle: async (context, request) => {
      const audit = auditor.follow(auditedRequest(context, request, newUid()));
      await audit.authenticated(context.user);
      try {
        return await answered(await pipeline.handle({ ...context, audit }, request), audit);
      } catch (error) {
        if (error instanceof StatusError) {
          audit.failed(error);
          await audit.answered(error.status.code);
        }
        await audit.completed();
        throw error;
      }
    },
  };
}

function auditedRequest(
  { userAgent }: RequestContext,
  request: ResourceRequest,
  auditID: string,
): AuditedRequest {
  return {
    auditID,
    requestURI: encodeRequest(request).path,
    // That of kube-apiserver's own client.
    sourceIPs: ["::1"],
    userAgent,
    isLongRunning: request.operation.verb === "watch",
    attributesFor: (user) => requestAttributes(user, request),
  };
}

async function answered(response: PipelineResponse, audit: RequestAudit): Promise<PipelineResponse> {
  await audit.answered(response.type === "object" ? response.code : 200);
  if (response.type === "watch") return { ...response, events: untilEnd(response.events, audit) };
  await audit.completed();
  return response;
}

async function* untilEnd<T>(events: AsyncIterable<T>, audit: RequestAudit): AsyncGenerator<T> {
  try {
    yield* events;
  } finally {
    await audit.completed();
  }
}

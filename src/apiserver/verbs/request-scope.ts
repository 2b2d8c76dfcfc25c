import type { RequestTarget } from "#apimachinery/request.ts";
import type { AuditAnnotations } from "../audit-annotations.ts";
import type { RequestContext } from "../pipeline.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import type { Warnings } from "../warnings.ts";

/** A request on its way: who asks, for what, and what the client is to be told besides the answer. */
export interface RequestScope {
  readonly context: RequestContext;
  readonly target: RequestTarget;
  readonly served: ServedResource;
  readonly warnings: Warnings;
  readonly annotations: AuditAnnotations;
  /** What is done when the request fails. */
  readonly undo: (() => Promise<void>)[];
}

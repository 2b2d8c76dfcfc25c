import type { Binding } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import type { DeleteOptions } from "#apimachinery/request.ts";

interface PodName {
  readonly namespace: string;
  readonly name: string;
}

interface Cancellable {
  readonly signal: AbortSignal;
}

/** What the scheduler writes, all of it about pods. Every failure is a `StatusError`. An API client is one. */
export interface SchedulerClient {
  createSubresource(
    kind: "Pod",
    name: PodName,
    subresource: "binding",
    body: NewObject<Binding>,
    options: Cancellable,
  ): Promise<unknown>;
  patch(
    kind: "Pod",
    name: PodName,
    patch: { readonly type: "strategic"; readonly document: unknown; readonly subresource: "status" },
    options: Cancellable,
  ): Promise<unknown>;
  delete(kind: "Pod", name: PodName, options: DeleteOptions & Cancellable): Promise<void>;
}

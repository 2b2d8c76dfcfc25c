import type { RequestTarget } from "#apimachinery/request.ts";
import type { RequestContext } from "../pipeline.ts";
import type { ServedResource } from "../registry/served-resource.ts";

/** A request on its way: who asks, for what, and what the client is to be told besides the answer. */
export interface RequestScope {
  readonly context: RequestContext;
  readonly target: RequestTarget;
  readonly served: ServedResource;
  readonly warnings: Warnings;
}

/** Texts for `Warning:` headers, each at most once (apiserver `pkg/warning`). */
export class Warnings {
  readonly #texts: Set<string>;

  constructor(texts: readonly string[] = []) {
    this.#texts = new Set(texts);
  }

  add(...texts: readonly string[]): void {
    for (const text of texts) this.#texts.add(text);
  }

  list(): readonly string[] {
    return [...this.#texts];
  }
}

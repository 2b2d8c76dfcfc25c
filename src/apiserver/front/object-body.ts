import type { RequestBody } from "#apimachinery/request.ts";
import type { ParsedBody } from "./parse-body.ts";

/**
 * The object in the body of a write. It is parsed when somebody first asks for it, so that a request is refused for
 * what its sender may not do before it is refused for what is wrong with its text.
 */
export class ObjectBody implements RequestBody {
  readonly #parse: () => ParsedBody;
  #parsed: ParsedBody | undefined;

  /** `parse` runs once; it throws a `StatusError` for a body that cannot be parsed. */
  constructor(parse: () => ParsedBody) {
    this.#parse = parse;
  }

  get object(): unknown {
    return this.#result().object;
  }

  get text(): string | undefined {
    return this.#result().text;
  }

  get problems(): readonly string[] {
    return this.#result().problems;
  }

  #result(): ParsedBody {
    this.#parsed ??= this.#parse();
    return this.#parsed;
  }
}

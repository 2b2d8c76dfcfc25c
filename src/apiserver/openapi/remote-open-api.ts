import type { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import type { Caller } from "../front/route.ts";
import type { V2Spec } from "./merge/v2-spec.ts";

/** What extension servers add to the documents of this server. */
export interface RemoteOpenApi {
  /** OpenAPI v2 of each group version, without what other group versions use, in the order of precedence. */
  v2Specs(): readonly V2Spec[];
  /** Where documents of OpenAPI v3 are, by their paths: `apis/<group>/<version>`. */
  v3Urls(): ReadonlyMap<string, string>;
  /** Whether an extension server answers for a path, whatever this server has there. */
  takesOver(path: string): boolean;
  /** Answers for a path of `v3Urls`. */
  answerV3(path: string, exchange: Exchange, caller: Caller): Answer | Promise<Answer>;
  /** Calls `listener` after every change, until the result is disposed. */
  onChange(listener: () => void): Disposable;
}

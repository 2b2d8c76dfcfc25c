import type { KubeObject, WatchEvent } from "#apimachinery/meta.ts";
import type { ResourceRequest, ResourceResponse } from "#apimachinery/request.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { RequestAudit } from "./audit/request-audit.ts";
import type { EncodedList, StreamFormat } from "./formats/wire-format.ts";
import type { Warnings } from "./warnings.ts";

/** What is known of a request besides what it asks: the input of authorization, audit and logs. */
export interface RequestContext {
  readonly user: UserInfo;
  readonly userAgent: string;
  /** Empty for in-process requests. */
  readonly sourceIP: string;
  readonly requestId: string;
  /** Where warnings go besides the answer, for those who show them with a failure too. */
  readonly warnings?: Warnings;
  /** Present where requests are recorded. */
  readonly audit?: RequestAudit | undefined;
  /** Aborted when the client has gone or the request's time is over. */
  readonly signal: AbortSignal;
}

/** An answer that knows its JSON, which is that of the store where nothing had to be changed. */
export type PipelineResponse =
  | (Extract<ResourceResponse, { type: "object" }> & { bytes(): Buffer })
  | (Extract<ResourceResponse, { type: "list" }> & EncodedList)
  | {
      readonly type: "watch";
      readonly events: AsyncIterable<readonly EncodedWatchEvent[]>;
      /** So many batches tell of what is there already; they may be taken slowly. */
      readonly initialBatches?: number;
    };

/** One watch event. What it is in a format is made once and shared by all watchers. */
export type EncodedWatchEvent = WatchEvent<KubeObject> & {
  /** A line of JSON, with the newline. */
  bytes(): Uint8Array;
  /** What a format, the same one for all watchers, makes of it. */
  encoded(format: EventFormat): Uint8Array;
};

/** Writes events, of the JSON of their objects. */
export type EventFormat = Pick<StreamFormat, "event">;

/**
 * What happens to every request for a resource, whatever transport it came by: authorization, audit, decoding,
 * admission, defaulting, validation, storage. `object` and `list` of an answer are decoded when they are first read.
 */
export interface RequestPipeline {
  /** Rejects with a `StatusError` for every failure. */
  handle(context: RequestContext, request: ResourceRequest): Promise<PipelineResponse>;
}

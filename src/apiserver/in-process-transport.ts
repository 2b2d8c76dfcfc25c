import type { UserInfo } from "#apimachinery/user.ts";
import type { Transport } from "#client/client.ts";
import type { RequestPipeline } from "./pipeline.ts";

export interface InProcessTransportOptions {
  /** The name of the component, as the user agent of its requests and the manager of the fields that it sets. */
  readonly userAgent: string;
}

/**
 * Sends requests straight to the pipeline, under one identity. Objects are not copied: what the client gets is the
 * frozen object that everybody in this process shares.
 */
export function createInProcessTransport(
  pipeline: RequestPipeline,
  user: UserInfo,
  { userAgent }: InProcessTransportOptions,
): Transport {
  const never = new AbortController().signal;
  return {
    send: (request, signal = never) =>
      pipeline.handle({ user, userAgent, sourceIP: "", requestId: "", signal }, request),
  };
}

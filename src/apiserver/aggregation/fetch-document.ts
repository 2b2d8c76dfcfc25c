import type { UserInfo } from "#apimachinery/user.ts";
import type { Clock } from "#base/clock.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import type { RemoteService } from "./remote-services.ts";
import { remoteUserHeaders } from "./remote-user.ts";

export interface DocumentRequest {
  readonly path: string;
  readonly accept: string;
  /** The version of the document that is known. */
  readonly etag?: string;
  readonly user: UserInfo;
  /** How long the whole answer may take. */
  readonly timeoutMs: number;
}

export interface FetchedDocument {
  readonly code: number;
  readonly contentType: string;
  readonly etag: string;
  readonly text: string;
}

/** Longer than the OpenAPI of any extension server. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Asks an extension server for a document about itself, on this server's own account. */
export async function fetchDocument(
  remote: RemoteService,
  { path, accept, etag = "", user, timeoutMs }: DocumentRequest,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<FetchedDocument> {
  using limit = new LinkedAbort(signal);
  using _timer = clock.after(timeoutMs, () => limit.abort(new Error("context deadline exceeded")));
  const headers = {
    host: remote.host,
    accept,
    ...(etag !== "" && { "if-none-match": etag }),
    ...remoteUserHeaders(user),
  };
  const request = { method: "GET", path, headers, body: new Uint8Array() };
  const response = await remote.send(request, limit.signal);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.content) {
    pieces.push(piece);
    size += piece.length;
    if (size > MAX_BYTES) throw new Error(`Document "${path}" of "${remote.host}" is too long`);
  }
  return {
    code: response.code,
    contentType: response.headers["content-type"] ?? "",
    etag: response.headers.etag ?? "",
    text: Buffer.concat(pieces, size).toString(),
  };
}

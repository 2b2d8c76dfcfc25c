import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import { joinPieces } from "./join-pieces.ts";
import type { LiveSink } from "./pump-live.ts";

/** The answering half of a request, in the interface that HTTP/1.1 and HTTP/2 share. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** News on an answer are what all its pieces make together. */
export function responseSink(response: NodeResponse): LiveSink<Uint8Array> {
  return {
    write: (pieces) => (response as ServerResponse).write(joinPieces(pieces)),
    onDrain: (listener) => void response.on("drain", listener),
    end: () => void response.end(),
    cutOff: () => cutOff(response),
  };
}

/** Ends an answer in a way that its reader cannot take for its regular end. */
export function cutOff(response: NodeResponse): void {
  // Only an error makes HTTP/2 reset the stream; `close` with a code ends it as if it were complete.
  if ("stream" in response) response.stream.destroy(new Error("The answer is incomplete"));
  else response.destroy();
}

/** The other side does not keep to SPDY; the connection cannot go on. */
export class SpdyError extends Error {
  override readonly name = "SpdyError";
}

/** The other side has broken a stream off. */
export class StreamReset extends Error {
  override readonly name = "StreamReset";
}

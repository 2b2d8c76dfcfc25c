/** Header fields by their names; several values make several lines. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[]>>;

/**
 * Bytes that are made while they are sent, by who knows beforehand how many they are. A piece holds until the next one is
 * taken, which may be made in its place.
 */
export interface Pieces extends Iterable<Uint8Array> {
  readonly length: number;
}

/** All of them in one. */
export function bytesOf(pieces: Pieces): Buffer {
  const bytes = Buffer.allocUnsafe(pieces.length);
  let used = 0;
  for (const piece of pieces) {
    bytes.set(piece, used);
    used += piece.length;
  }
  return bytes;
}

/** Bytes that come as they are made, with fields behind them that are known when all has been taken. */
export interface TrailedContent extends AsyncIterable<Uint8Array> {
  trailers(): AnswerHeaders;
}

/** Bytes that are there, or that come as they are made; a slow client makes the maker wait. */
export type AnswerContent = Uint8Array | Pieces | AsyncIterable<Uint8Array> | TrailedContent;

/** Whether nobody knows where the content ends: it lasts as long as the client likes. */
export function isStream(content: AnswerContent): content is AsyncIterable<Uint8Array> {
  return Symbol.asyncIterator in content;
}

export interface LiveContent {
  /** So many pieces are no news yet: they are made as the client takes them. */
  readonly initialPieces: number;
}

/**
 * An answer on its way from a route to the socket. It is a `Response` so that Elysia lets it pass. What it says is
 * in fields of its own: the adapter writes to a node stream, where the headers and the body stream of a web
 * response would be taken apart again for every request.
 */
export class Answer extends Response {
  readonly code: number;
  readonly fields: AnswerHeaders;
  readonly content: AnswerContent;
  /** Present for news: their maker cannot wait, so a client that does not read is cut off. */
  readonly live: LiveContent | undefined;

  constructor(code: number, fields: AnswerHeaders, content: AnswerContent = EMPTY, live?: LiveContent) {
    super(null);
    this.code = code;
    this.fields = fields;
    this.content = content;
    this.live = live;
  }

  /** The same answer with more header fields, and with other content when that is given. */
  with(fields: AnswerHeaders, content = this.content): Answer {
    return new Answer(this.code, { ...this.fields, ...fields }, content, this.live);
  }
}

const EMPTY = new Uint8Array();

export function textAnswer(code: number, text: string, fields: AnswerHeaders = {}): Answer {
  const content = Buffer.from(text);
  return new Answer(code, { "content-type": "text/plain; charset=utf-8", ...fields }, content);
}

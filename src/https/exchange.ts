import type { Readable } from "node:stream";
import type { AnswerHeaders } from "./answer.ts";
import type { Credentials, Peer } from "./peer.ts";
import { bodyTooLarge, MAX_BODY_BYTES, readBody } from "./read-body.ts";
import type { UpgradeConnection } from "./upgrade-connection.ts";

/** Headers by their lower-case names. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ExchangeOptions {
  readonly method: string;
  /** Path and query as they stand in the request. */
  readonly url: string;
  readonly headers: RequestHeaders;
  /** Names and values in turn, as they came; default: those of `headers`. */
  readonly rawHeaders?: readonly string[];
  readonly peer: Peer;
  readonly requestId: string;
  readonly body: Readable;
  readonly upgrade?: UpgradeConnection;
  /** Breaks the answer off, however much of it has been handed over. */
  readonly cutOff?: () => void;
}

/** One HTTP request, whichever protocol brought it, until it has been answered. */
export class Exchange implements Credentials {
  readonly method: string;
  /** Path and query as they stand in the request. */
  readonly url: string;
  /** Without percent-encoding. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly peer: Peer;
  /** The audit id, which the answer carries too. */
  readonly requestId: string;
  /** Present when the client asks to go on in another protocol. */
  readonly upgrade: UpgradeConnection | undefined;
  #headers: RequestHeaders;
  #rawHeaders: readonly string[] | undefined;
  readonly #body: Readable;
  readonly #cutOff: () => void;
  readonly #abort = new AbortController();
  #answerFields: AnswerHeaders = {};
  #isUnderWay = false;
  #onUnderWay: (() => void) | undefined;
  #isFinished = false;
  #onFinished: (() => void) | undefined;

  /** Throws a URIError for a path with a broken percent-encoding. */
  constructor(options: ExchangeOptions) {
    const { method, url, headers, rawHeaders, peer, requestId, body, upgrade, cutOff } = options;
    const mark = url.indexOf("?");
    const path = mark < 0 ? url : url.slice(0, mark);
    this.method = method;
    this.url = url;
    this.path = path.includes("%") ? decodeURIComponent(path) : path;
    this.query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
    this.#headers = headers;
    this.peer = peer;
    this.requestId = requestId;
    this.upgrade = upgrade;
    this.#rawHeaders = rawHeaders;
    this.#body = body;
    this.#cutOff = cutOff ?? (() => undefined);
  }

  /** Aborted when the client has gone, the request's time is over or the server stops. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  abort(reason: Error): void {
    this.#abort.abort(reason);
  }

  /** True when the answer has been handed over or the client has gone. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Calls back once, when the exchange is finished; in the order of the calls. */
  onFinished(callback: () => void): void {
    if (this.#isFinished) callback();
    else this.#onFinished = inTurn(this.#onFinished, callback);
  }

  finish(): void {
    this.#isFinished = true;
    const callback = this.#onFinished;
    this.#onFinished = undefined;
    callback?.();
  }

  /** Breaks off an answer that its client does not take. */
  cutOff(): void {
    this.#cutOff();
  }

  /** Calls back once, when the first piece of a streamed answer has been taken or there is none to begin with. */
  onUnderWay(callback: () => void): void {
    if (this.#isUnderWay) callback();
    else this.#onUnderWay = inTurn(this.#onUnderWay, callback);
  }

  markUnderWay(): void {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    this.#onUnderWay?.();
  }

  /** Headers that every answer to this request has, whatever it turns out to be. */
  get answerFields(): AnswerHeaders {
    return this.#answerFields;
  }

  addAnswerFields(fields: AnswerHeaders): void {
    this.#answerFields = { ...this.#answerFields, ...fields };
  }

  get headers(): RequestHeaders {
    return this.#headers;
  }

  /** Forgets the headers with these lower-case names, as if they had not been sent. */
  dropHeaders(isDropped: (name: string) => boolean): void {
    if (!hasHeader(this.#headers, isDropped)) return;
    this.#headers = Object.fromEntries(Object.entries(this.#headers).filter(([name]) => !isDropped(name)));
    this.#rawHeaders = this.#rawHeaders?.filter(
      (_each, index, all) => !isDropped((all[index - (index % 2)] ?? "").toLowerCase()),
    );
  }

  /** Headers whose lower-case names begin so, line by line: Node puts lines of one name together. */
  headerLines(prefix: string): readonly (readonly [name: string, value: string])[] {
    if (!hasHeader(this.headers, (name) => name.startsWith(prefix))) return [];
    const raw =
      this.#rawHeaders ?? Object.entries(this.headers).flatMap(([name, value]) => [name, String(value)]);
    const lines: [string, string][] = [];
    for (let index = 0; index + 1 < raw.length; index += 2) {
      const name = (raw[index] ?? "").toLowerCase();
      if (name.startsWith(prefix)) lines.push([name, raw[index + 1] ?? ""]);
    }
    return lines;
  }

  /** The first value of a header. */
  header(name: string): string | undefined {
    const value = this.headers[name];
    return typeof value === "string" || value === undefined ? value : value[0];
  }

  /** The body for who passes it on, of any length. It is read either here or by `readBody`. */
  get body(): Readable {
    return this.#body;
  }

  /** The whole body. Throws RequestEntityTooLarge for more than `MAX_BODY_BYTES`. */
  async readBody(): Promise<Buffer> {
    if (Number(this.header("content-length") ?? 0) > MAX_BODY_BYTES) throw bodyTooLarge();
    return await readBody(this.#body);
  }
}

function inTurn(first: (() => void) | undefined, second: () => void): () => void {
  if (first === undefined) return second;
  return () => {
    first();
    second();
  };
}

function hasHeader(headers: RequestHeaders, isWanted: (name: string) => boolean): boolean {
  for (const name in headers) if (isWanted(name)) return true;
  return false;
}

import type { Clock } from "#base/clock.ts";
import { ConnectionError } from "#client/connection-error.ts";
import {
  type ClientCertificate,
  Http2Connection,
  type HttpResponse,
  type ServerAddress,
} from "#client/http2-connection.ts";
import { readAuthorities } from "#https/certificate-chain.ts";
import {
  AUTHORITY_PATH,
  authorizationOf,
  JOIN_PATH,
  type JoinAnswer,
  type JoinRefusal,
  type JoinRequest,
  readJoinAnswer,
  SERVER_NAME,
} from "../join-protocol.ts";
import type { JoinToken } from "../join-token.ts";

/** What a server says of itself to everybody. */
export interface ServerFacts {
  /** The certificate of its authority in PEM, which nobody has vouched for yet, and what leads to it from the one before. */
  readonly authority: string;
  /** Its time in milliseconds since the epoch; NaN when it does not say. */
  readonly time: number;
}

/** With what a node shows that it may have its name. */
export type Proof =
  | { readonly type: "token"; readonly token: JoinToken }
  | { readonly type: "certificate"; readonly certificate: ClientCertificate };

export type JoinReply =
  | { readonly type: "joined"; readonly answer: JoinAnswer }
  | { readonly type: "refused"; readonly refusal: JoinRefusal }
  /** The server cannot be reached or does not work; the text is for the log. */
  | { readonly type: "failed"; readonly why: string };

const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Asks a server to let this host in. */
export class JoinClient {
  readonly #url: string;
  readonly #clock: Clock;

  constructor(url: string, { clock }: { readonly clock: Clock }) {
    this.#url = url;
    this.#clock = clock;
  }

  /** Without checking who answers. Rejects with a `ConnectionError`. */
  async facts(signal: AbortSignal): Promise<ServerFacts> {
    const address = { url: this.#url, insecure: true };
    const { status, headers, text } = await this.#ask(address, undefined, { path: AUTHORITY_PATH, signal });
    if (status !== 200 || !areCertificates(text)) {
      throw new ConnectionError({ code: "lost" }, `it answers ${String(status)} instead of its authority`);
    }
    return { authority: text, time: Date.parse(headers["date"] ?? "") };
  }

  /** The server must be of the authority. */
  async join(
    request: JoinRequest,
    { authority, proof }: { readonly authority: string; readonly proof: Proof },
    signal: AbortSignal,
  ): Promise<JoinReply> {
    const address = { url: this.#url, ca: authority, serverName: SERVER_NAME };
    const certificate = proof.type === "certificate" ? proof.certificate : undefined;
    const authorization = proof.type === "token" ? authorizationOf(proof.token) : undefined;
    const body = JSON.stringify(request);
    try {
      const reply = await this.#ask(address, certificate, { path: JOIN_PATH, authorization, body, signal });
      return readReply(reply.status, reply.text);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      return { type: "failed", why: error.message };
    }
  }

  async #ask(
    address: ServerAddress,
    certificate: ClientCertificate | undefined,
    { path, authorization, body, signal }: Question,
  ): Promise<{ readonly status: number; readonly headers: HttpResponse["headers"]; readonly text: string }> {
    using connection = new Http2Connection(address, certificate, this.#clock);
    const stop = new AbortController();
    using _timer = this.#clock.after(TIMEOUT_MS, () =>
      stop.abort(new ConnectionError({ code: "timedOut" }, "context deadline exceeded")),
    );
    const headers = {
      ":method": body === undefined ? "GET" : "POST",
      ":path": path,
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(authorization !== undefined && { authorization }),
    };
    const response = await connection.request(headers, body, AbortSignal.any([signal, stop.signal]));
    return { status: response.status, headers: response.headers, text: await readText(response) };
  }
}

interface Question {
  readonly path: string;
  readonly authorization?: string | undefined;
  readonly body?: string;
  readonly signal: AbortSignal;
}

function areCertificates(text: string): boolean {
  try {
    return readAuthorities(text).length > 0;
  } catch {
    // Whoever answers so is no server, whatever is wrong with it.
    return false;
  }
}

function readReply(status: number, text: string): JoinReply {
  const document = parseJson(text);
  try {
    if (status === 200) return { type: "joined", answer: readJoinAnswer(document) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { type: "failed", why: error.message };
  }
  const message = (document as Partial<JoinRefusal> | undefined)?.message;
  const isRefusal = status >= 400 && status < 500 && status !== 429 && typeof message === "string";
  if (isRefusal) return { type: "refused", refusal: { code: status, message } };
  return {
    type: "failed",
    why: `it answers ${String(status)}${message === undefined ? "" : `: ${message}`}`,
  };
}

async function readText(response: HttpResponse): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length <= MAX_ANSWER_BYTES) continue;
    response.cancel();
    throw new ConnectionError({ code: "lost" }, "the answer is too long");
  }
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Something else than a server may answer here; its status is told then.
    return undefined;
  }
}

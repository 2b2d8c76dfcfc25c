import type { UserInfo } from "#apimachinery/user.ts";
import { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { AUTHORITY_PATH, JOIN_PATH, type JoinRefusal, readAuthorization } from "../join-protocol.ts";
import type { JoinService } from "./join-service.ts";

/** A path of the API server's port that answers those who are nobody yet. */
export interface JoinEndpoint {
  readonly path: string;
  answer(exchange: Exchange, user: UserInfo): Answer | Promise<Answer>;
}

/** `authority` is that of servers at present, in PEM, with its bridge behind it. */
export function joinEndpoints(authority: () => string, service: JoinService): readonly JoinEndpoint[] {
  return [
    {
      path: AUTHORITY_PATH,
      answer: ({ method }) =>
        method === "GET" || method === "HEAD"
          ? new Answer(200, { "content-type": "application/x-pem-file" }, Buffer.from(authority()))
          : refusal({ code: 405, message: "only GET is answered here" }),
    },
    {
      path: JOIN_PATH,
      answer: async (exchange, user) => {
        if (exchange.method !== "POST") return refusal({ code: 405, message: "only POST is answered here" });
        const token = readAuthorization(exchange.header("authorization"));
        const outcome = await service.join(parseJson(await exchange.readBody()), { user, token });
        return outcome.type === "joined" ? jsonAnswer(200, outcome.answer) : refusal(outcome.refusal);
      },
    },
  ];
}

function refusal(refused: JoinRefusal): Answer {
  return jsonAnswer(refused.code, refused);
}

function jsonAnswer(code: number, document: unknown): Answer {
  return new Answer(code, { "content-type": "application/json" }, Buffer.from(JSON.stringify(document)));
}

/** Undefined for what is no JSON. */
function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    // The service says what becomes of a request that nobody can read.
    return undefined;
  }
}

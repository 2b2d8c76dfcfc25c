import { decode, encode } from "dns-packet";
import { parseResolvConf } from "#network/dns/resolv-conf.ts";
import { formatQuery, type Message, parseMessage } from "#network/dns/wire/message.ts";
import { parseQuery, type Query } from "#network/dns/wire/query.ts";
import { TYPE } from "#network/dns/wire/record-type.ts";
import { encodeAnswer, formatError, formatReply } from "#network/dns/wire/reply.ts";
import { bytesTarget, ensure, ensureSame } from "../engine/target.ts";

const QUESTION = { name: "a.default.svc.cluster.local", type: "A" } as const;

/** Queries to the cluster DNS, answers of other servers, and `resolv.conf`. */
export const target = bytesTarget({
  seeds: [
    aQuery(QUESTION.name, TYPE.A),
    aQuery("_http._tcp.a.default.svc.cluster.local", TYPE.SRV),
    aQuery("10.0.42.10.in-addr.arpa", TYPE.PTR),
    encode({
      type: "response",
      id: 7,
      questions: [QUESTION],
      answers: [
        { type: "CNAME", name: QUESTION.name, data: "example.com" },
        { type: "A", name: "example.com", ttl: 5, data: "10.0.0.1" },
        { type: "TXT", name: "example.com", ttl: 5, data: ["a", "b"] },
        { type: "SRV", name: "example.com", ttl: 5, data: { port: 80, target: "a.example.com" } },
      ],
    }),
    Buffer.from("nameserver 10.0.0.10\nsearch a b\noptions ndots:5 # more\n"),
  ],
  dictionary: [
    "\u0007cluster\u0005local\u0000",
    "\u00c0\u000c",
    "\u0000\u0001\u0000\u0001",
    "\u0000\u0000\u0029",
    "nameserver ",
    "search ",
    "\n",
  ],
  maxBytes: 1500,
  refusals: [],
  open: () => (bytes) => {
    parseResolvConf(bytes.toString());
    const query = parseQuery(bytes);
    const message = parseMessage(bytes);
    return () => {
      if (message !== undefined) ensureReadsBack(message);
      if (query === undefined) return;
      if ("error" in query)
        ensureSame(decode(Buffer.from(formatError(query))).id, query.id, "An error names its query");
      else ensureAnswered(query);
    };
  },
});

function ensureAnswered(query: Query): void {
  ensure(query.udpSize >= 512 && query.udpSize <= 1232, "Clients take a sensible number of bytes");
  const nothing = { rcode: 3, authoritative: true, answers: [], authorities: [], additionals: [] };
  const answer = formatReply(query, encodeAnswer(query, nothing), {
    ageSeconds: 0,
    turn: 0,
    maxSize: query.udpSize,
  });
  const { id, questions } = decode(Buffer.from(answer));
  ensureSame(id, query.id, "An answer names its query");
  ensureSame(questions?.length, 1, "An answer repeats the question");
  const echoed = Buffer.from(answer.subarray(12, 12 + query.question.length)).toString("hex");
  ensureSame(
    echoed,
    Buffer.from(query.question).toString("hex"),
    "An answer repeats the question's spelling",
  );
}

/** What was read of another server's answer is what our own answer says. */
function ensureReadsBack({ question, rcode, answers, authorities, additionals }: Message): void {
  if (question === undefined) return;
  const answer = { rcode, authoritative: false, answers, authorities, additionals };
  const { bytes } = encodeAnswer(question, answer);
  if (bytes.length > 0xffff) return;
  const again = parseMessage(bytes);
  ensureSame(
    JSON.stringify(again?.answers),
    JSON.stringify(answers),
    "Answers are read as they were written",
  );
  ensureSame(again?.question?.name, question.name, "A question is read as it was written");
}

function aQuery(name: string, type: number): Uint8Array {
  return formatQuery({ id: 7, name, type, dnssecOk: true, checkingDisabled: false });
}

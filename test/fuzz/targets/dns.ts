import { decode, encode } from "dns-packet";
import { formatQuery, formatResponse, parseAnswers, parseQuery } from "#network/dns/message.ts";
import { parseResolvConf } from "#network/dns/resolv-conf.ts";
import { bytesTarget, ensure, ensureSame } from "../engine/target.ts";

const QUESTION = { name: "a.default.svc.cluster.local", type: "A" } as const;

/** Queries to the cluster DNS, answers of other servers, and `resolv.conf`. */
export const target = bytesTarget({
  seeds: [
    formatQuery(QUESTION),
    formatQuery({ name: "_http._tcp.a.default.svc.cluster.local", type: "SRV" }),
    formatQuery({ name: "10.0.42.10.in-addr.arpa", type: "PTR" }),
    encode({
      type: "query",
      id: 7,
      flags: 256,
      questions: [QUESTION],
      additionals: [
        {
          type: "OPT",
          name: ".",
          udpPayloadSize: 4096,
          extendedRcode: 0,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: [],
        },
      ],
    }),
    encode({
      type: "response",
      id: 7,
      questions: [QUESTION],
      answers: [
        { type: "CNAME", name: QUESTION.name, data: "example.com" },
        { type: "A", name: "example.com", ttl: 5, data: "10.0.0.1" },
        { type: "TXT", name: "example.com", ttl: 5, data: ["a", "b"] },
      ],
    }),
    Buffer.from("nameserver 10.0.0.10\nsearch a b\noptions ndots:5 # more\n"),
  ],
  dictionary: [
    "\u0007cluster\u0005local\u0000",
    "\u00c0\u000c",
    "\u0000\u0001\u0000\u0001",
    "nameserver ",
    "search ",
    "\n",
  ],
  maxBytes: 1500,
  refusals: [],
  open: () => (bytes) => {
    parseAnswers(bytes);
    parseResolvConf(bytes.toString());
    const query = parseQuery(bytes);
    if (query === undefined) return undefined;
    return () => {
      ensure(query.udpSize >= 512 && query.udpSize <= 1232, "Clients take a sensible number of bytes");
      const empty = {
        code: "NXDOMAIN",
        authoritative: true,
        answers: [],
        authorities: [],
        additionals: [],
      } as const;
      const answer = Buffer.from(formatResponse(query, empty, query.udpSize));
      const { id, questions } = decode(answer);
      ensureSame(id, query.id, "An answer names its query");
      ensureSame(questions?.length, 1, "An answer repeats the question");
    };
  },
});

import { describe, expect, test } from "bun:test";
import { decode, encode, type Packet } from "dns-packet";
import { parseQuery, type Query } from "./query.ts";
import { codeName } from "./record-type.ts";
import { formatError } from "./reply.ts";

const question = { name: "Web.default.svc.cluster.local", type: "A" } as const;

describe("parseQuery", () => {
  test("reads the question, in lower case for us and as it was for the answer", () => {
    const query = parseQuery(encode({ type: "query", id: 7, flags: 0x110, questions: [question] }));
    expect(query).toMatchObject({ id: 7, flags: 0x110, name: question.name.toLowerCase(), type: 1 });
    expect(Buffer.from(query?.question ?? []).toString("latin1")).toContain("\u0003Web");
  });

  test("takes the size that EDNS announces, within reason", () => {
    const sizes = [undefined, 100, 1000, 65_000].map((size) => asQuery(aQuery({ size })).udpSize);
    expect(sizes).toEqual([512, 512, 1000, 1232]);
    expect(asQuery(aQuery({ size: 1000, dnssecOk: true }))).toMatchObject({ edns: true, dnssecOk: true });
  });

  const bad: readonly { name: string; bytes: Uint8Array; want: string | undefined }[] = [
    { name: "too few bytes", bytes: Uint8Array.of(1, 2, 3), want: undefined },
    { name: "an answer", bytes: encode({ type: "response", questions: [question] }), want: undefined },
    { name: "no question", bytes: encode({ type: "query", questions: [] }), want: "FORMERR" },
    {
      name: "two questions",
      bytes: encode({ type: "query", questions: [question, question] }),
      want: "FORMERR",
    },
    { name: "half a question", bytes: aQuery({}).subarray(0, 20), want: "FORMERR" },
    { name: "a pointer to itself", bytes: withName([0xc0, 12]), want: "FORMERR" },
    { name: "a label of 64 bytes", bytes: withName([64, ...new Uint8Array(64), 0]), want: "FORMERR" },
    {
      name: "a name of 300 bytes",
      bytes: withName([...Array.from({ length: 150 }, () => [1, 97]).flat(), 0]),
      want: "FORMERR",
    },
    { name: "a record that ends early", bytes: aQuery({ size: 512 }).subarray(0, -2), want: "FORMERR" },
    { name: "an update", bytes: aQuery({ flags: 5 << 11 }), want: "NOTIMP" },
    { name: "another class", bytes: withName([0], 3), want: "REFUSED" },
    { name: "another version of EDNS", bytes: aQuery({ size: 512, version: 1 }), want: "BADVERS" },
  ];

  test.each(bad)("$name is $want", ({ bytes, want }) => {
    const query = parseQuery(bytes);
    expect(query && "error" in query ? codeName(query.error) : query).toBe(want);
  });
});

describe("formatError", () => {
  test("says the version of EDNS that is known in the OPT record", () => {
    const query = parseQuery(aQuery({ size: 512, version: 1 }));
    if (query === undefined || !("error" in query)) throw new TypeError("Wanted an error");
    const answer: Packet = decode(Buffer.from(formatError(query)));
    expect(answer).toMatchObject({ id: 7, rcode: "NOERROR", questions: [question] });
    expect(answer.additionals).toMatchObject([{ type: "OPT", extendedRcode: 1, ednsVersion: 0 }]);
  });

  test("repeats the opcode", () => {
    const query = parseQuery(aQuery({ flags: 5 << 11 }));
    if (query === undefined || !("error" in query)) throw new TypeError("Wanted an error");
    expect(decode(Buffer.from(formatError(query)))).toMatchObject({ opcode: "UPDATE", rcode: "NOTIMP" });
  });
});

interface QueryShape {
  readonly flags?: number;
  readonly size?: number | undefined;
  readonly version?: number;
  readonly dnssecOk?: boolean;
}

function aQuery({ flags = 0, size, version = 0, dnssecOk = false }: QueryShape): Uint8Array {
  const options = {
    type: "OPT",
    name: ".",
    udpPayloadSize: size,
    extendedRcode: 0,
    ednsVersion: version,
    flags: dnssecOk ? 0x8000 : 0,
    flag_do: dnssecOk,
    options: [],
  };
  const additionals = size === undefined ? [] : [options as never];
  return encode({ type: "query", id: 7, flags, questions: [question], additionals });
}

function withName(name: readonly number[], dnsClass = 1): Uint8Array {
  return Uint8Array.of(0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 1, 0, dnsClass);
}

function asQuery(bytes: Uint8Array): Query {
  const query = parseQuery(bytes);
  if (query === undefined || "error" in query) throw new TypeError("Wanted a query");
  return query;
}

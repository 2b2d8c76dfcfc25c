import { describe, expect, test } from "bun:test";
import { decode, encode } from "dns-packet";
import { formatResponse, parseQuery, type Query } from "./message.ts";
import { parseResolvConf } from "./resolv-conf.ts";
import type { DnsRecord } from "./zone.ts";

const question = { name: "web.default.svc.cluster.local", type: "A" } as const;
const known = { code: "NOERROR", authoritative: true, authorities: [], additionals: [] } as const;

describe("parseQuery", () => {
  test("ignores what is not a query with one question", () => {
    expect(parseQuery(new Uint8Array([1, 2, 3]))).toBeUndefined();
    expect(parseQuery(encode({ type: "response", id: 1, questions: [question] }))).toBeUndefined();
    expect(parseQuery(encode({ type: "query", id: 1, questions: [question, question] }))).toBeUndefined();
  });

  test("takes the size that EDNS announces, within reason", () => {
    const sizes = [undefined, 100, 1000, 65000].map((udpPayloadSize) => aQuery(udpPayloadSize).udpSize);
    expect(sizes).toEqual([512, 512, 1000, 1232]);
  });
});

describe("formatResponse", () => {
  test("answers with the question and marks the cluster's own names as authoritative", () => {
    const packet = decode(Buffer.from(formatResponse(aQuery(), { ...known, answers: addresses(1) })));
    expect(packet).toMatchObject({ id: 7, type: "response", rcode: "NOERROR", flag_aa: true, flag_ra: true });
    expect(packet.answers?.map((answer) => answer.type)).toEqual(["A"]);
  });

  test("is cut to the question and marked when it does not fit", () => {
    const bytes = formatResponse(aQuery(), { ...known, answers: addresses(100) }, 512);
    expect(bytes.length).toBeLessThanOrEqual(512);
    expect(decode(Buffer.from(bytes))).toMatchObject({ flag_tc: true, answers: [] });
  });
});

describe("parseResolvConf", () => {
  test("reads servers, searches and options, the last search line winning", () => {
    const text =
      "# c\nnameserver 1.1.1.1\nnameserver ::1 ; x\ndomain a\nsearch b c\noptions ndots:2 rotate\n";
    expect(parseResolvConf(text)).toEqual({
      nameservers: ["1.1.1.1", "::1"],
      searches: ["b", "c"],
      options: ["ndots:2", "rotate"],
    });
  });
});

function aQuery(udpPayloadSize?: number): Query {
  const additionals =
    udpPayloadSize === undefined ? [] : [{ type: "OPT", name: ".", udpPayloadSize, options: [] }];
  const bytes = encode({ type: "query", id: 7, questions: [question], additionals: additionals as never[] });
  return parseQuery(bytes) as Query;
}

function addresses(count: number): DnsRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    name: question.name,
    ttl: 5,
    type: "A",
    data: `10.42.0.${String(i)}`,
  }));
}

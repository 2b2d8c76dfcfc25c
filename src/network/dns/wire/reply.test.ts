import { describe, expect, test } from "bun:test";
import { type DecodedPacket, decode } from "dns-packet";
import fc from "fast-check";
import { lowerName } from "./domain-name.ts";
import { formatQuery, parseMessage } from "./message.ts";
import { MessageWriter } from "./message-writer.ts";
import { parseQuery, type Query } from "./query.ts";
import {
  addressRecord,
  authorityRecord,
  nameRecord,
  type ResourceRecord,
  serviceRecord,
  textRecord,
} from "./record.ts";
import { CLASS_IN, RCODE, TYPE } from "./record-type.ts";
import { type Answer, encodeAnswer, formatReply } from "./reply.ts";

const NAME = "web.default.svc.cluster.local";
const fresh = { ageSeconds: 0, turn: 0 };

describe("formatReply", () => {
  test("answers with the client's id, question and flags, and speaks EDNS to those who do", () => {
    const answer = encodeAnswer({ name: NAME, type: TYPE.A }, anAnswer(addresses(1)));
    const packet = read(formatReply(aQuery("wEb.Default.svc.cluster.LOCAL"), answer, fresh));
    expect(packet).toMatchObject({ id: 7, rcode: "NOERROR", flag_aa: true, flag_ra: true, flag_rd: true });
    expect(packet.questions?.[0]?.name).toBe("wEb.Default.svc.cluster.LOCAL");
    expect(packet.answers?.[0]?.name).toBe("wEb.Default.svc.cluster.LOCAL");
    expect(packet.additionals).toMatchObject([{ type: "OPT", udpPayloadSize: 1232 }]);
    const classic = { ...aQuery(NAME), edns: false };
    expect(read(formatReply(classic, answer, fresh)).additionals).toEqual([]);
  });

  test("keeps the records that fit, and says when answers are missing", () => {
    const answer = encodeAnswer({ name: NAME, type: TYPE.A }, anAnswer(addresses(100)));
    const bytes = formatReply(aQuery(NAME), answer, { ...fresh, maxSize: 512 });
    expect(bytes.length).toBeLessThanOrEqual(512);
    const packet = read(bytes);
    expect(packet.flag_tc).toBe(true);
    expect(packet.answers?.length).toBe(28);
    expect(packet.additionals).toHaveLength(1);
  });

  test("leaves additional records out without a mark", () => {
    const answer = encodeAnswer(
      { name: NAME, type: TYPE.A },
      { ...anAnswer(addresses(1)), additionals: addresses(100) },
    );
    const packet = read(formatReply(aQuery(NAME), answer, { ...fresh, maxSize: 512 }));
    expect(packet).toMatchObject({ flag_tc: false });
    expect(packet.answers).toHaveLength(1);
  });

  test("counts the time of records down, or gives those of old answers a little", () => {
    const answer = encodeAnswer({ name: NAME, type: TYPE.A }, anAnswer(addresses(2, 300)), 30);
    const ttls = (options: object): unknown[] =>
      (read(formatReply(aQuery(NAME), answer, { ...fresh, ...options })).answers ?? []).map((each) =>
        "ttl" in each ? each.ttl : undefined,
      );
    expect([ttls({}), ttls({ ageSeconds: 10 }), ttls({ ageSeconds: 40 }), ttls({ staleTtl: 7 })]).toEqual([
      [30, 30],
      [20, 20],
      [0, 0],
      [7, 7],
    ]);
  });

  test("puts another address first each time", () => {
    const answer = encodeAnswer({ name: NAME, type: TYPE.A }, anAnswer(addresses(3)));
    const orders = [0, 1, 2].map((turn) =>
      (read(formatReply(aQuery(NAME), answer, { ...fresh, turn })).answers ?? [])
        .map((each) => (each.type === "A" ? each.data.slice(-1) : ""))
        .join(""),
    );
    expect(orders).toEqual(["012", "120", "201"]);
  });
});

describe("messages", () => {
  const label = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);
  const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join("."));
  const record: fc.Arbitrary<ResourceRecord> = fc.oneof(
    fc.tuple(name, fc.ipV4()).map(([owner, address]) => addressRecord(owner, 5, address)),
    fc.tuple(name, name).map(([owner, target]) => nameRecord(owner, 5, "CNAME", target)),
    fc.tuple(name, name).map(([owner, target]) => nameRecord(owner, 5, "PTR", target)),
    fc.tuple(name, label).map(([owner, text]) => textRecord(owner, 5, text)),
    fc
      .tuple(name, name)
      .map(([owner, target]) => serviceRecord(owner, 5, { priority: 1, weight: 2, port: 3, target })),
    fc
      .tuple(name, name)
      .map(([owner, server]) => authorityRecord(owner, 5, { server, mailbox: "a.b", serial: 1, minimum: 5 })),
  );
  const records = fc.array(record, { maxLength: 12 });

  test("are read as they were written, by us and by dns-packet", () => {
    fc.assert(
      fc.property(name, records, records, records, (asked, answers, authorities, additionals) => {
        const answer = { ...anAnswer(answers), authorities, additionals };
        const { bytes } = encodeAnswer({ name: asked, type: TYPE.A }, answer);
        const message = parseMessage(bytes);
        expect(message).toMatchObject({ answers, authorities, additionals });
        expect(message?.question?.name).toBe(lowerName(asked));
        const packet = read(bytes);
        expect(packet.answers?.map((each) => each.name)).toEqual(answers.map((each) => each.name));
        expect(packet.authorities?.length).toBe(authorities.length);
        expect(packet.additionals?.length).toBe(additionals.length);
      }),
    );
  });

  test("keep every byte of a label", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 63 }), (bytes) => {
        const query = Uint8Array.of(
          0,
          1,
          0x80,
          0,
          0,
          1,
          0,
          0,
          0,
          0,
          0,
          0,
          bytes.length,
          ...bytes,
          0,
          0,
          1,
          0,
          1,
        );
        const asked = parseMessage(query)?.question?.name ?? "";
        const writer = new MessageWriter();
        writer.name(asked);
        expect(lowerName(Buffer.from(writer.bytes()).toString("latin1"))).toBe(
          lowerName(Buffer.from(query.subarray(12, -4)).toString("latin1")),
        );
      }),
    );
  });

  test("of others are read without what is between servers", () => {
    const writer = new MessageWriter();
    for (const value of [1, 0x8180, 0, 1, 0, 1]) writer.number16(value);
    writer.name("x.example");
    for (const value of [TYPE.A, CLASS_IN, 0xffff, 0xffff, 4, 0x0102, 0x0304]) writer.number16(value);
    writer.options({ udpSize: 512, extendedCode: 0, dnssecOk: false });
    const message = parseMessage(writer.bytes());
    expect(message?.answers).toEqual([
      { name: "x.example", type: TYPE.A, ttl: 0, data: [Uint8Array.of(1, 2, 3, 4)] },
    ]);
    expect(message?.additionals).toEqual([]);
  });

  test("that are cut anywhere are no messages", () => {
    const { bytes } = encodeAnswer({ name: NAME, type: TYPE.A }, anAnswer(addresses(2)));
    for (let size = 0; size < bytes.length; size += 1)
      expect(parseMessage(bytes.subarray(0, size)), `of ${String(size)} bytes`).toBeUndefined();
  });
});

function read(bytes: Uint8Array): DecodedPacket {
  return decode(Buffer.from(bytes));
}

function aQuery(name: string): Query {
  const bytes = formatQuery({ id: 7, name, type: TYPE.A, dnssecOk: false, checkingDisabled: false });
  return parseQuery(bytes) as Query;
}

function anAnswer(answers: readonly ResourceRecord[]): Answer {
  return { rcode: RCODE.NOERROR, authoritative: true, answers, authorities: [], additionals: [] };
}

function addresses(count: number, ttl = 5): readonly ResourceRecord[] {
  return Array.from({ length: count }, (_, index) => addressRecord(NAME, ttl, `10.42.0.${String(index)}`));
}

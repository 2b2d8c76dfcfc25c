import { describe, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import type { Query } from "#network/dns/wire/query.ts";
import { addressRecord, authorityRecord } from "#network/dns/wire/record.ts";
import { encodeAnswer, formatReply } from "#network/dns/wire/reply.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { until } from "../until.ts";
import { anOutside, aServer, ask, said } from "./fixture.ts";

const found = ({ name }: Query, address = "192.0.2.1") => ({ answers: [addressRecord(name, 300, address)] });

describe("forwarding", () => {
  test("asks over TCP when the answer over UDP was cut", async () => {
    await using outside = await anOutside(({ name }) => ({
      answers: Array.from({ length: 90 }, (_, index) => addressRecord(name, 300, `192.0.2.${String(index)}`)),
    }));
    await using server = await aServer({ upstreams: [outside] });
    expect((await ask(server, "big.example", { transport: "tcp" })).answers).toHaveLength(90);
    expect(outside.asked).toEqual(["udp 1 big.example", "tcp 1 big.example"]);
  });

  test("asks the next server when one does not answer, and leaves it alone until it does", async () => {
    let isAway = true;
    await using first = await anOutside((query) => (isAway ? undefined : found(query, "192.0.2.1")));
    await using second = await anOutside((query) => found(query, "192.0.2.2"));
    await using server = await aServer({ upstreams: [first, second], forwarding: { readTimeoutMs: 800 } });
    expect(said(await ask(server, "a.example"))).toEqual(["A 192.0.2.2"]);
    const checks = () => first.asked.filter((each) => each === "udp 2 ").length;
    await until(() => checks() >= 3);
    expect(said(await ask(server, "b.example"))).toEqual(["A 192.0.2.2"]);
    expect(first.asked).not.toContain("udp 1 b.example");
    isAway = false;
    let number = 0;
    await until(async () => {
      number += 1;
      return said(await ask(server, `c${String(number)}.example`))[0] === "A 192.0.2.1";
    });
  });

  test("goes on to the next server where there is no way to one", async () => {
    await using outside = await anOutside((query) => found(query));
    // Nobody may connect to a broadcast address without saying so.
    const nowhere = { address: "255.255.255.255", port: 53 };
    await using server = await aServer({ upstreams: [nowhere, outside] });
    expect(said(await ask(server, "a.example"))).toEqual(["A 192.0.2.1"]);
  });

  test("goes on after answers that are failures where it is told to, and gives the last of them", async () => {
    await using first = await anOutside(() => ({ rcode: 5 }));
    await using second = await anOutside((query) =>
      query.name === "a.example" ? found(query) : { rcode: 2 },
    );
    const upstreams = [first, second];
    await using plain = await aServer({ upstreams });
    expect(said(await ask(plain, "a.example"))).toEqual(["REFUSED"]);
    await using server = await aServer({ upstreams, forwarding: { failover: [2, 5] } });
    expect(said(await ask(server, "a.example"))).toEqual(["A 192.0.2.1"]);
    expect(said(await ask(server, "b.example"))).toEqual(["SERVFAIL"]);
  });

  test("believes nobody who does not repeat id and question", async () => {
    await using outside = await anOutside((query) => {
      const forged = encodeAnswer(
        { ...query, name: "other.example" },
        { rcode: 0, authoritative: false, authorities: [], additionals: [], ...found(query) },
      );
      return formatReply(
        { ...query, question: Buffer.from("\u0005other\u0007example\0\0\u0001\0\u0001", "latin1") },
        forged,
        { ageSeconds: 0, turn: 0 },
      );
    });
    await using server = await aServer({ upstreams: [outside], forwarding: { readTimeoutMs: 300 } });
    expect(said(await ask(server, "real.example"))).toEqual(["SERVFAIL"]);
  });

  test("asks once for many who ask at the same time", async () => {
    await using outside = await anOutside((query) => found(query));
    await using server = await aServer({ upstreams: [outside] });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(server, "same.example")));
    expect(new Set(answers.map((answer) => said(answer).join()))).toEqual(new Set(["A 192.0.2.1"]));
    expect(outside.asked).toHaveLength(1);
  });

  test("does not ask itself, nor a server that leads back to it", async () => {
    const bounce = createSocket("udp4");
    await new Promise<void>((resolve) => bounce.bind(0, "127.0.0.1", resolve));
    const way = { address: "127.0.0.1", port: bounce.address().port };
    await using server = await aServer({ upstreams: [way], own: ["127.0.0.1:1"] });
    bounce.on("message", (message, { port }) => {
      if (port === server.port) return;
      bounce.send(message, server.port, "127.0.0.1");
    });
    await ask(server, "x.example");
    expect(server.loopGuard.leadsBack(way)).toBe(true);
    expect(server.loopGuard.leadsBack({ address: "127.0.0.1", port: 1 })).toBe(true);
    bounce.close();
  });
});

describe("the cache", () => {
  const NEGATIVE = authorityRecord("example", 20, {
    server: "ns.example",
    mailbox: "a.example",
    serial: 1,
    minimum: 10,
  });

  test("keeps answers and absences for their time, at most 30 seconds", async () => {
    const clock = new FakeClock();
    await using outside = await anOutside((query) =>
      query.name.startsWith("no") ? { rcode: 3, authorities: [NEGATIVE] } : found(query),
    );
    await using server = await aServer({ upstreams: [outside], clock });
    const both = async () => [await ask(server, "yes.example"), await ask(server, "no.example")] as const;
    await both();
    await clock.advance(9000);
    const [yes] = await both();
    expect(yes.answers).toMatchObject([{ ttl: 21 }]);
    expect(outside.asked).toHaveLength(2);
    await clock.advance(1000);
    await both();
    expect(outside.asked.filter((each) => each.includes("no."))).toHaveLength(2);
    await clock.advance(20_000);
    await both();
    expect(outside.asked.filter((each) => each.includes("yes."))).toHaveLength(2);
  });

  test("fetches what is asked for again before its time is over", async () => {
    const clock = new FakeClock();
    await using outside = await anOutside((query) => found(query));
    await using server = await aServer({ upstreams: [outside], clock });
    for (let times = 0; times < 3; times += 1) await ask(server, "hot.example");
    await clock.advance(28_000);
    expect((await ask(server, "hot.example")).answers).toMatchObject([{ ttl: 2 }]);
    await until(() => outside.asked.length === 2);
  });

  test("stands in for servers that have gone away, for an hour", async () => {
    const clock = new FakeClock();
    let isAway = false;
    await using outside = await anOutside((query) => (isAway ? undefined : found(query)));
    await using server = await aServer({ upstreams: [outside], clock, forwarding: { maxFails: 0 } });
    await ask(server, "old.example");
    isAway = true;
    await clock.advance(60_000);
    const stale = ask(server, "old.example");
    await advanceUntil(clock, stale);
    expect((await stale).answers).toMatchObject([{ ttl: 30, data: "192.0.2.1" }]);
    await clock.advance(3_600_000);
    const gone = ask(server, "old.example");
    await advanceUntil(clock, gone);
    expect(said(await gone)).toEqual(["SERVFAIL"]);
  });
});

/** Lets time pass while a server waits for one that does not answer. */
async function advanceUntil(clock: FakeClock, promise: Promise<unknown>): Promise<void> {
  let isOver = false;
  void promise.finally(() => {
    isOver = true;
  });
  await until(async () => {
    await clock.advance(100);
    return isOver;
  });
}

describe("the search path", () => {
  const searched = ({ name }: Query) =>
    name === "www.example.com" || name === "intra.corp.example"
      ? { answers: [addressRecord(name, 60, "192.0.2.9")] }
      : { rcode: 3 };
  const cases: readonly { name: string; want: readonly string[]; asked: readonly string[] }[] = [
    { name: "web.default.svc.cluster.local", want: ["A 10.43.0.7"], asked: [] },
    {
      name: "web.default.default.svc.cluster.local",
      want: ["CNAME web.default.svc.cluster.local", "A 10.43.0.7"],
      asked: [],
    },
    {
      name: "intra.default.svc.cluster.local",
      want: ["CNAME intra.corp.example", "A 192.0.2.9"],
      asked: ["udp 1 intra.corp.example"],
    },
    {
      name: "www.example.com.default.svc.cluster.local",
      want: ["CNAME www.example.com", "A 192.0.2.9"],
      asked: ["udp 1 www.example.com.corp.example", "udp 1 www.example.com"],
    },
    {
      name: "nosuch.default.svc.cluster.local",
      want: ["NXDOMAIN"],
      asked: ["udp 1 nosuch.corp.example", "udp 1 nosuch"],
    },
    { name: "www.example.com.other.svc.cluster.local", want: ["NXDOMAIN"], asked: [] },
  ];

  test.each(cases)("of a pod is walked for $name", async ({ name, want, asked }) => {
    await using outside = await anOutside(searched);
    await using server = await aServer({
      upstreams: [outside],
      searches: ["corp.example"],
      namespaceOf: () => "default",
    });
    for (const _ of ["first", "from the cache"]) expect(said(await ask(server, name))).toEqual([...want]);
    expect(outside.asked).toEqual([...asked]);
  });

  test("is not walked for others", async () => {
    await using server = await aServer();
    expect(said(await ask(server, "web.default.default.svc.cluster.local"))).toEqual(["NXDOMAIN"]);
  });
});

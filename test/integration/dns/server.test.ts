import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { encode } from "dns-packet";
import { startDnsServer } from "#network/dns/dns-server.ts";
import { frame, readFrames } from "#network/dns/tcp-framing.ts";
import { addressRecord } from "#network/dns/wire/record.ts";
import { silentLogger } from "#observability/logger.ts";
import { anOutside, aServer, ask, type Outside, said, type TestServer } from "./fixture.ts";

let outside: Outside;
let server: TestServer;

beforeAll(async () => {
  outside = await anOutside(({ name, type }) =>
    name === "www.example.com" && type === 1
      ? { answers: [addressRecord(name, 300, "192.0.2.1")] }
      : { rcode: 3 },
  );
  server = await aServer({ upstreams: [outside] });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await outside[Symbol.asyncDispose]();
});

describe("the DNS server", () => {
  test("cuts a long answer over UDP and gives all of it over TCP", async () => {
    const name = "many.default.svc.cluster.local";
    const { flag_tc: isCut, answers = [] } = await ask(server, name);
    expect([isCut, answers.length]).toEqual([true, 29]);
    expect((await ask(server, name, { transport: "tcp" })).answers).toHaveLength(60);
  });

  const answers: readonly { name: string; want: readonly string[] }[] = [
    { name: "web.default.svc.cluster.local", want: ["A 10.43.0.7"] },
    { name: "nosuch.default.svc.cluster.local", want: ["NXDOMAIN"] },
    { name: "www.example.com", want: ["A 192.0.2.1"] },
    { name: "nosuch.example.com", want: ["NXDOMAIN"] },
    { name: "ext.default.svc.cluster.local", want: ["CNAME www.Example.com", "A 192.0.2.1"] },
    {
      name: "inner.default.svc.cluster.local",
      want: ["CNAME web.default.svc.cluster.local", "A 10.43.0.7"],
    },
    {
      name: "circle.default.svc.cluster.local",
      want: Array.from({ length: 11 }, () => "CNAME circle.default.svc.cluster.local"),
    },
  ];

  for (const transport of ["udp", "tcp"] as const)
    test.each(answers)(`$name over ${transport}`, async ({ name, want }) => {
      expect(said(await ask(server, name, { transport }))).toEqual([...want]);
    });

  test("repeats the question as it was spelled, from its cache too", async () => {
    for (const name of ["WWW.example.com", "www.EXAMPLE.com"]) {
      const { questions, answers: found } = await ask(server, name);
      expect([questions?.[0]?.name, found?.[0]?.name]).toEqual([name, name]);
    }
  });

  test("refuses zone transfers and questions for everything", async () => {
    for (const type of ["AXFR", "IXFR", "ANY"] as const)
      expect(said(await ask(server, "cluster.local", { type: type as "A" })), type).toEqual(["REFUSED"]);
  });

  test("says SERVFAIL when no other server answers", async () => {
    await using alone = await aServer();
    expect(said(await ask(alone, "example.com"))).toEqual(["SERVFAIL"]);
  });

  test("survives bytes that are not DNS", async () => {
    const socket = createSocket("udp4");
    socket.send(Buffer.from("hello, this is not DNS"), server.port, "127.0.0.1");
    expect(said(await ask(server, "nosuch.example.com"))).toEqual(["NXDOMAIN"]);
    socket.close();
  });

  test("answers many questions on one connection, also in pieces", async () => {
    const names = Array.from({ length: 200 }, (_, index) =>
      index % 2 === 0 ? "web.default.svc.cluster.local" : `n${String(index)}.example.com`,
    );
    const stream = Buffer.concat(
      names.map((name, id) => frame(encode({ type: "query", id, questions: [{ name, type: "A" }] }))),
    );
    const ids = new Set<number>();
    const client = connect(server.port, "127.0.0.1");
    const done = Promise.withResolvers<void>();
    readFrames(client, (message) => {
      ids.add(((message[0] ?? 0) << 8) | (message[1] ?? 0));
      if (ids.size === names.length) done.resolve();
    });
    client.write(stream.subarray(0, 101));
    client.write(stream.subarray(101));
    await done.promise;
    client.destroy();
    expect(ids.size).toBe(names.length);
  });

  test("lets TCP clients go that say nothing, and those that are too many", async () => {
    const { responder } = server;
    const options = { address: "127.0.0.1", port: 0, tcpIdleMs: 100, maxTcpClients: 1 };
    await using limited = await startDnsServer(options, { responder, logger: silentLogger });
    const quiet = connect(limited.port, "127.0.0.1");
    await once(quiet, "connect");
    const second = connect(limited.port, "127.0.0.1");
    await Promise.all([once(second, "close"), once(quiet, "close")]);
    expect(said(await ask(limited, "web.default.svc.cluster.local", { transport: "tcp" }))).toEqual([
      "A 10.43.0.7",
    ]);
  });

  test("forgets what it knew of the cluster when that changes, and nothing else", async () => {
    outside.asked.length = 0;
    await ask(server, "kept.example.com");
    server.change();
    await ask(server, "kept.example.com");
    expect(outside.asked).toEqual(["udp 1 kept.example.com"]);
  });

  test("does not keep what the cluster has changed under while it was found", async () => {
    await using changing = await anOutside(({ name }) => {
      moving.change();
      return { answers: [addressRecord(name, 300, "192.0.2.1")] };
    });
    await using moving = await aServer({ upstreams: [changing] });
    for (const _ of ["first", "again"]) await ask(moving, "ext.default.svc.cluster.local");
    expect(changing.asked).toEqual(["udp 1 www.example.com", "udp 1 www.example.com"]);
  });

  test("says when its address is taken", async () => {
    const { port, responder } = server;
    const second = startDnsServer({ address: "127.0.0.1", port }, { responder, logger: silentLogger });
    await expect(second).rejects.toThrow();
  });
});

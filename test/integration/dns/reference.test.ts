import { afterAll, beforeAll, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { decode, type RecordType } from "dns-packet";
import fc from "fast-check";
import { frame, readFrames } from "#network/dns/tcp-framing.ts";
import { EDNS_UDP_SIZE } from "#network/dns/wire/query.ts";
import { until } from "../until.ts";
import { aServer, ask, type TestServer } from "./fixture.ts";

/** Where Debian's package dnsmasq-base has it. */
const DNSMASQ = "/usr/sbin/dnsmasq";

const LOOPBACK = "127.0.0.1";
const ZONE = "ref.example";

/** What both servers know; long answers, aliases from zone to zone, and a type that has no name here. */
const RECORDS = [
  `--local=/${ZONE}/`,
  "--local=/other.example/",
  `--host-record=web.${ZONE},192.0.2.1,2001:db8::1`,
  ...Array.from({ length: 90 }, (_, index) => `--address=/many.${ZONE}/192.0.2.${String(index)}`),
  `--cname=alias.${ZONE},web.${ZONE}`,
  `--cname=far.other.example,alias.${ZONE}`,
  `--cname=away.${ZONE},nobody.outside.example`,
  ...Array.from({ length: 6 }, (_, index) => `--txt-record=text.${ZONE},${String(index)}${"x".repeat(200)}`),
  `--srv-host=_http._tcp.${ZONE},web.${ZONE},80,1,2`,
  `--mx-host=${ZONE},web.${ZONE},10`,
  `--ptr-record=1.2.0.192.in-addr.arpa,web.${ZONE}`,
  `--dns-rr=odd.${ZONE},65280,0102ff`,
  `--dns-rr=caa.${ZONE},257,000569737375656361`,
];
/** Questions with answers; any other pair of their names and types has none. */
const KNOWN: readonly (readonly [name: string, type: number])[] = [
  [`web.${ZONE}`, 1],
  [`web.${ZONE}`, 28],
  [`many.${ZONE}`, 1],
  [`alias.${ZONE}`, 1],
  [`alias.${ZONE}`, 5],
  ["far.other.example", 28],
  [`away.${ZONE}`, 1],
  [`text.${ZONE}`, 16],
  [`_http._tcp.${ZONE}`, 33],
  [ZONE, 15],
  ["1.2.0.192.in-addr.arpa", 12],
  [`odd.${ZONE}`, 65_280],
  [`caa.${ZONE}`, 257],
];
const NAMES = [...KNOWN.map(([name]) => name), `nosuch.${ZONE}`, `a.web.${ZONE}`];
const TYPES = [...KNOWN.map(([, type]) => type), 2, 6, 65];

const isInstalled = existsSync(DNSMASQ);
const whenInstalled = isInstalled ? test : test.skip;

let reference: { readonly port: number; readonly process: Bun.Subprocess };
let server: TestServer;

beforeAll(async () => {
  if (!isInstalled) return;
  const port = await freePort();
  const flags = ["--conf-file=/dev/null", "--no-daemon", "--no-resolv", "--no-hosts", "--local-ttl=300"];
  const place = [
    `--port=${String(port)}`,
    `--listen-address=${LOOPBACK}`,
    "--bind-interfaces",
    "--pid-file=",
  ];
  const process = Bun.spawn([DNSMASQ, ...flags, ...place, "--user=root", ...RECORDS], { stderr: "ignore" });
  reference = { port, process };
  await until(async () => (await Promise.race([ask(reference, `web.${ZONE}`), Bun.sleep(50)])) !== undefined);
  server = await aServer({
    upstreams: [{ address: LOOPBACK, port }],
    block: { kubernetes: false },
  });
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  reference?.process.kill();
});

interface Asked {
  readonly name: string;
  readonly type: number;
  readonly transport: "udp" | "tcp";
  /** What the client takes over UDP; undefined for one that knows nothing of EDNS. */
  readonly size: number | undefined;
}

const asked: fc.Arbitrary<Asked> = fc
  .record({
    pair: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...KNOWN) },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...TYPES)) },
    ),
    /** Clients change the case of letters at random, and look whether it comes back. */
    raised: fc.array(fc.boolean(), { minLength: 32, maxLength: 32 }),
    transport: fc.constantFrom("udp", "tcp"),
    size: fc.option(fc.constantFrom(0, 512, 700, 1232, 4096, 65_535), { nil: undefined }),
  })
  .map(({ pair: [name, type], raised, transport, size }) => ({
    name: name.replaceAll(/[a-z]/g, (letter, at: number) =>
      raised[at] === true ? letter.toUpperCase() : letter,
    ),
    type,
    transport,
    size,
  }));

whenInstalled("what other servers know is told as they tell it, whatever is asked in which way", async () => {
  await fc.assert(
    fc.asyncProperty(asked, async (question) => {
      const [own, whole] = await Promise.all([
        exchange(server.port, question),
        exchange(reference.port, { ...question, transport: "tcp" }),
      ]);
      const limit = Math.min(EDNS_UDP_SIZE, Math.max(512, question.size ?? 512));
      if (question.transport === "udp") expect(own.bytes.length).toBeLessThanOrEqual(limit);
      expect(own.question, "the question in its own spelling").toEqual(whole.question);
      expect(own.rcode).toBe(whole.rcode);
      expect(own.hasOptions).toBe(question.size !== undefined);
      const known = new Set(whole.answers);
      if (own.isCut) {
        expect(question.transport).toBe("udp");
        expect(whole.bytes.length).toBeGreaterThan(limit - OPTIONS_SIZE);
        expect(own.answers.filter((each) => !known.has(each))).toEqual([]);
      } else expect(own.answers.toSorted()).toEqual(whole.answers.toSorted());
    }),
    { numRuns: 250 },
  );
});

interface Said {
  readonly bytes: Uint8Array;
  readonly question: Uint8Array;
  readonly rcode: number;
  readonly isCut: boolean;
  readonly hasOptions: boolean;
  /** Name in lower case, type and data of each record. */
  readonly answers: readonly string[];
}

const HEADER_SIZE = 12;
const OPTIONS_SIZE = 11;

async function exchange(port: number, asked: Asked): Promise<Said> {
  const question = questionOf(asked);
  const bytes = await send(port, asked.transport, messageOf(question, asked.size));
  const { answers = [], additionals = [] } = decode(Buffer.from(bytes));
  return {
    bytes,
    question: bytes.subarray(HEADER_SIZE, HEADER_SIZE + question.length),
    rcode: (bytes[3] ?? 0) & 0xf,
    isCut: ((bytes[2] ?? 0) & 2) !== 0,
    hasOptions: additionals.some(({ type }) => type === "OPT"),
    answers: answers.map((record) => {
      const { name, type, data } = record as { name: string; type: RecordType; data?: unknown };
      return `${name} ${type} ${JSON.stringify(data)}`.toLowerCase();
    }),
  };
}

function questionOf({ name, type }: Asked): Uint8Array {
  const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label, "latin1")]);
  return Uint8Array.of(...labels, 0, type >> 8, type & 0xff, 0, 1);
}

function messageOf(question: Uint8Array, size: number | undefined): Uint8Array {
  const options = size === undefined ? [] : [0, 0, 41, size >> 8, size & 0xff, 0, 0, 0, 0, 0, 0];
  return Uint8Array.of(0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, size === undefined ? 0 : 1, ...question, ...options);
}

function send(port: number, transport: "udp" | "tcp", message: Uint8Array): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  if (transport === "udp") {
    const socket = createSocket("udp4");
    socket.once("message", resolve).once("error", reject);
    socket.send(message, port, LOOPBACK);
    return promise.finally(() => socket.close());
  }
  const client = connect(port, LOOPBACK);
  client.once("error", reject);
  readFrames(client, resolve);
  client.write(frame(message));
  return promise.finally(() => client.destroy());
}

async function freePort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, LOOPBACK);
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { type DecodedPacket, decode, encode } from "dns-packet";
import { type DnsServer, startDnsServer } from "#network/dns/dns-server.ts";
import { createForwarder } from "#network/dns/forwarder.ts";
import { frame, readFrames } from "#network/dns/tcp-framing.ts";
import type { ZoneView } from "#network/dns/zone.ts";
import { silentLogger } from "#observability/logger.ts";

/** A zone with one Service of 60 endpoints (too many for 512 bytes) and one alias to the outside. */
function aView(domain: string): ZoneView {
  const endpoints = Array.from({ length: 60 }, (_, i) => ({ addresses: [`10.42.0.${String(i)}`] }));
  const service = (name: string, spec: object) =>
    ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: "default", uid: name },
      spec,
    }) as const;
  return {
    domain,
    networks: [],
    hasNamespace: () => true,
    service: (_namespace, name) =>
      name === "ext"
        ? service(name, { type: "ExternalName", externalName: "many.default.svc.outside.test" })
        : service(name, { clusterIP: "None" }),
    slices: () => [
      {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "s", uid: "s" },
        addressType: "IPv4",
        endpoints,
        ports: [],
      },
    ],
    serviceByAddress: () => undefined,
    slicesByAddress: () => [],
  };
}

/** The package's types leave the response code out. */
type Decoded = DecodedPacket & { readonly rcode: string };

const nobody = createForwarder(() => Promise.resolve([]));
let outside: DnsServer;
let server: DnsServer;

beforeAll(async () => {
  const dependencies = { forwarder: nobody, logger: silentLogger };
  outside = await startDnsServer(
    { address: "127.0.0.1", port: 0 },
    { ...dependencies, view: aView("outside.test") },
  );
  const forwarder = createForwarder(() => Promise.resolve([{ address: "127.0.0.1", port: outside.port }]));
  server = await startDnsServer(
    { address: "127.0.0.1", port: 0 },
    { forwarder, logger: silentLogger, view: aView("cluster.local") },
  );
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await outside[Symbol.asyncDispose]();
});

describe("the DNS server", () => {
  test("cuts a long answer over UDP and gives all of it over TCP", async () => {
    const name = "many.default.svc.cluster.local";
    expect(await ask("udp", name)).toMatchObject({ flag_tc: true, answers: [] });
    expect((await ask("tcp", name)).answers).toHaveLength(60);
  });

  test("passes names of others on and their answers back, over UDP and TCP", async () => {
    expect((await ask("udp", "nosuch.outside.test")).rcode).toBe("NXDOMAIN");
    expect((await ask("tcp", "many.default.svc.outside.test")).answers).toHaveLength(60);
  });

  test("answers an alias together with what is behind it", async () => {
    const { answers = [] } = await ask("tcp", "ext.default.svc.cluster.local");
    expect(answers).toHaveLength(61);
    expect(answers[0]).toMatchObject({ type: "CNAME", data: "many.default.svc.outside.test" });
  });

  test("says SERVFAIL when no other server answers", async () => {
    const alone = await startDnsServer(
      { address: "127.0.0.1", port: 0 },
      { forwarder: nobody, logger: silentLogger, view: aView("cluster.local") },
    );
    expect((await ask("udp", "example.com", alone.port)).rcode).toBe("SERVFAIL");
    await alone[Symbol.asyncDispose]();
  });

  test("survives bytes that are not DNS", async () => {
    const socket = createSocket("udp4");
    socket.send(Buffer.from("hello"), server.port, "127.0.0.1");
    expect((await ask("udp", "nosuch.outside.test")).rcode).toBe("NXDOMAIN");
    socket.close();
  });
});

function ask(transport: "udp" | "tcp", name: string, port = server.port): Promise<Decoded> {
  const query = encode({ type: "query", id: 9, flags: 256, questions: [{ name, type: "A" }] });
  return new Promise((resolve) => {
    const finish = (bytes: Uint8Array) => resolve(decode(Buffer.from(bytes)) as Decoded);
    if (transport === "udp") {
      const socket = createSocket("udp4");
      socket.once("message", (message) => {
        socket.close();
        finish(message);
      });
      socket.send(query, port, "127.0.0.1");
      return;
    }
    const client = connect(port, "127.0.0.1");
    readFrames(client, (message) => {
      client.destroy();
      finish(message);
    });
    client.write(frame(query));
  });
}

import { afterAll, beforeAll, expect, test } from "bun:test";
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { createServer, type Server } from "node:tls";
import type { UpstreamTls } from "#network/dns/upstream.ts";
import { addressRecord } from "#network/dns/wire/record.ts";
import { generateKey, issueCertificate } from "#pki/certificate.ts";
import { anOutside, aServer, ask, type Outside, said } from "./fixture.ts";

let outside: Outside;
let tls: Server;
let ca: string;

beforeAll(async () => {
  outside = await anOutside(({ name }) => ({ answers: [addressRecord(name, 300, "192.0.2.1")] }));
  const [authorityKey, key] = [generateKey(), generateKey()];
  const subject = { commonName: "authority" };
  const issuer = { subject, key: authorityKey };
  const lifetime = { notBefore: Date.now() - 3_600_000, notAfter: Date.now() + 3_600_000 };
  ca = issueCertificate({ ...lifetime, subject, usage: "authority" }, authorityKey, issuer);
  const serving = {
    ...lifetime,
    subject: { commonName: "dns.example" },
    usage: "serverAuth",
    subjectAltNames: ["dns.example", "127.0.0.1"],
  } as const;
  tls = createServer(
    { key, cert: issueCertificate(serving, key, issuer), ALPNProtocols: ["dot"] },
    (client) => {
      const behind = connect(outside.port, outside.address);
      for (const socket of [client, behind]) socket.on("error", () => undefined);
      client.pipe(behind).pipe(client);
    },
  );
  tls.on("tlsClientError", () => undefined);
  tls.listen(0, "127.0.0.1");
  await once(tls, "listening");
});

afterAll(async () => {
  tls.close();
  await outside[Symbol.asyncDispose]();
});

const cases: readonly { name: string; of: () => UpstreamTls; want: string }[] = [
  { name: "has the name", of: () => ({ servername: "dns.example", ca }), want: "A 192.0.2.1" },
  { name: "has the address", of: () => ({ ca }), want: "A 192.0.2.1" },
  { name: "has another name", of: () => ({ servername: "other.example", ca }), want: "SERVFAIL" },
  { name: "has a certificate of nobody", of: () => ({ servername: "dns.example" }), want: "SERVFAIL" },
];

test.each(cases)("a server over TLS that $name says $want", async ({ of, want }) => {
  outside.asked.length = 0;
  const upstream = { address: "127.0.0.1", port: (tls.address() as AddressInfo).port, tls: of() };
  await using server = await aServer({ upstreams: [upstream], forwarding: { maxFails: 0 } });
  expect(said(await ask(server, "secret.example"))).toEqual([want]);
  expect(outside.asked).toEqual(want === "SERVFAIL" ? [] : ["tcp 1 secret.example"]);
});

import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { generateKey, issueCertificate } from "#pki/certificate.ts";

export interface WebhookServer extends AsyncDisposable {
  readonly url: string;
  /** As configurations want it. */
  readonly caBundle: string;
}

/** Where a webhook listens, and the name that its certificate has. */
export interface WebhookPlace {
  readonly address: string;
  readonly port: number;
  readonly name: string;
}

const LOOPBACK: WebhookPlace = { address: "127.0.0.1", port: 0, name: "127.0.0.1" };

/** A webhook with an authority of its own, on loopback unless it has another place; it answers every POST. */
export async function startWebhookServer(
  path: string,
  answer: (review: never, headers: IncomingHttpHeaders) => object,
  place: WebhookPlace = LOOPBACK,
): Promise<WebhookServer> {
  const [authorityKey, key] = [generateKey(), generateKey()];
  const lifetime = { notBefore: 0, notAfter: Date.now() + 1e9 };
  const issuer = { subject: { commonName: "webhook-ca" }, key: authorityKey };
  const authority = issueCertificate({ ...lifetime, ...issuer, usage: "authority" }, authorityKey, issuer);
  const names = { subject: { commonName: "webhook" }, subjectAltNames: [place.name] };
  const cert = issueCertificate({ ...lifetime, ...names, usage: "serverAuth" }, key, issuer);
  const server = createServer({ cert, key }, (request, response) => {
    void text(request).then(async (body) => {
      const answered = answer(JSON.parse(body) as never, request.headers);
      const said = answered instanceof Response ? answered : Response.json(answered);
      response.writeHead(said.status, Object.fromEntries(said.headers)).end(await said.text());
    });
  });
  const listening = Promise.withResolvers<void>();
  server.listen(place.port, place.address, listening.resolve);
  await listening.promise;
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${place.name}:${String(port)}${path}`,
    caBundle: btoa(authority),
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** For flags that name a webhook by a kubeconfig file. */
export function webhookKubeconfig({ url, caBundle }: Pick<WebhookServer, "url" | "caBundle">): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "w", cluster: { server: url, "certificate-authority-data": caBundle } }],
    contexts: [{ name: "w", context: { cluster: "w" } }],
    "current-context": "w",
  });
}

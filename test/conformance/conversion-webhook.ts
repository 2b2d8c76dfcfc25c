/** The conversion webhook of "Versions in CustomResourceDefinitions" of the Kubernetes documentation. */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { generateKey, issueCertificate } from "#pki/certificate.ts";

interface Address {
  readonly apiVersion: string;
  readonly hostPort?: string;
  readonly host?: string;
  readonly port?: string;
}

interface Review {
  readonly request: {
    readonly uid: string;
    readonly desiredAPIVersion: string;
    readonly objects: readonly Address[];
  };
}

export interface ConversionWebhook extends AsyncDisposable {
  readonly url: string;
  /** As definitions want it. */
  readonly caBundle: string;
}

export async function startConversionWebhook(): Promise<ConversionWebhook> {
  const [authorityKey, key] = [generateKey(), generateKey()];
  const lifetime = { notBefore: 0, notAfter: Date.now() + 1e9 };
  const issuer = { subject: { commonName: "webhook-ca" }, key: authorityKey };
  const authority = issueCertificate({ ...lifetime, ...issuer, usage: "authority" }, authorityKey, issuer);
  const names = { subject: { commonName: "webhook" }, subjectAltNames: ["127.0.0.1"] };
  const cert = issueCertificate({ ...lifetime, ...names, usage: "serverAuth" }, key, issuer);
  const server = createServer({ cert, key }, (request, response) => {
    void text(request).then((body) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(answer(JSON.parse(body) as Review)));
    });
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${String(port)}/crdconvert`,
    caBundle: btoa(authority),
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function answer(review: Review): object {
  const { uid, desiredAPIVersion, objects } = review.request;
  const convertedObjects = objects.map((object) => convert(object, desiredAPIVersion));
  return { ...review, response: { uid, convertedObjects, result: { status: "Success" } } };
}

function convert({ hostPort, host, port, ...rest }: Address, apiVersion: string): Address {
  if (apiVersion === "example.com/v1beta1") {
    return { ...rest, apiVersion, ...(host !== undefined && { hostPort: `${host}:${port ?? ""}` }) };
  }
  const [before = "", after = ""] = hostPort?.split(":") ?? [];
  return { ...rest, apiVersion, ...(hostPort !== undefined && { host: before, port: after }) };
}

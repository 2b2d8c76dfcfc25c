/** The conversion webhook of "Versions in CustomResourceDefinitions" of the Kubernetes documentation. */
import { startWebhookServer, type WebhookServer } from "./webhook-server.ts";

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

export function startConversionWebhook(): Promise<WebhookServer> {
  return startWebhookServer("/crdconvert", answer);
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

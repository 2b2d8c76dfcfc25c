import { createHash } from "node:crypto";
import { posix } from "node:path";
import { type BackendAddress, dialTarget } from "../backends/dialer.ts";
import type { ServiceReference } from "../backends/service-backends.ts";

/** Where a webhook is, in the form that all kinds with webhooks share: either `url` or `service`. */
export interface WebhookClientConfig {
  readonly url?: string;
  readonly service?: Omit<ServiceReference, "port"> & { readonly path?: string; readonly port?: number };
  /** Base64 of PEM. */
  readonly caBundle?: string;
}

/** A client config, taken apart. */
export interface WebhookTarget {
  readonly place:
    | { readonly to: "service"; readonly service: ServiceReference }
    | { readonly to: "address"; readonly address: BackendAddress };
  /** Host and port as the request names them. */
  readonly host: string;
  readonly path: string;
  /** What the certificate must be for. */
  readonly serverName: string;
  /** PEM; absent where the authorities of the web are meant. */
  readonly authorities?: string;
  /** Equal for webhooks that may share connections. */
  readonly key: string;
}

const DEFAULT_PORT = 443;

/** Reads a client config (apiserver `pkg/util/webhook/client.go`). Throws an Error for one that names no place. */
export function webhookTarget(config: WebhookClientConfig): WebhookTarget {
  const { caBundle = "", ...place } = config;
  // Spaces alone are no bundle (apiextensions `pkg/apiserver/conversion/webhook_converter.go`).
  const authorities = Buffer.from(caBundle, "base64").toString().trim();
  const key = createHash("sha256")
    .update(JSON.stringify([place, authorities]))
    .digest("base64");
  return { ...placeOf(place), key, ...(authorities !== "" && { authorities }) };
}

function placeOf({ url = "", service }: WebhookClientConfig): Omit<WebhookTarget, "key"> {
  if (service === undefined) return placeOfUrl(url);
  const { namespace, name, path = "", port = DEFAULT_PORT } = service;
  const serverName = `${name}.${namespace}.svc`;
  return {
    place: { to: "service", service: { namespace, name, port } },
    host: dialTarget(serverName, port),
    path: cleanPath(path),
    serverName,
  };
}

function placeOfUrl(text: string): Omit<WebhookTarget, "key"> {
  if (text === "") throw new Error("webhook configuration must have either service or URL");
  const url = URL.parse(text);
  if (url === null) throw new Error(`Unparsable URL: parse ${JSON.stringify(text)}: invalid URL`);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return {
    place: { to: "address", address: { host, port: Number(url.port || DEFAULT_PORT) } },
    host: url.host,
    path: cleanPath(url.pathname),
    serverName: host,
  };
}

/** Go's `path.Join` with a slash: no empty segments, none at the end. */
function cleanPath(path: string): string {
  return posix.join("/", path).replace(/(?<=.)\/$/, "");
}

/** An extension API server in small: flunders like the sample API server's, and metrics like the metrics server's. */
import { systemClock } from "#base/clock.ts";
import { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { Listener } from "#https/listener.ts";
import { silentLogger } from "#observability/logger.ts";
import { type Credential, generateKey, issueCertificate } from "#pki/certificate.ts";
import { AGGREGATED_TYPE, aggregatedDiscovery, resourceList } from "./extension-discovery.ts";
import { openApiV2, openApiV3, openApiV3Index } from "./extension-openapi.ts";
import { Flunders } from "./flunders.ts";
import { metricsOf } from "./metrics.ts";

export interface ExtensionServerOptions {
  /** PEM of the authority of the front proxy's certificate. */
  readonly frontProxyAuthority: string;
  /** As extension servers were before aggregated discovery and OpenAPI v3. Default false. */
  readonly isOld?: boolean;
  /** Where it listens. Default: any port on loopback. */
  readonly address?: string;
  readonly port?: number;
  /** The node that it has metrics of. Default `n1`. */
  readonly nodeName?: string;
}

/** A request as the extension server sees it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Exchange["headers"];
  /** Each in a line of its own. */
  readonly groups: readonly string[];
  /** Common name of the front proxy. */
  readonly proxy: string;
}

/** The name under which APIServices lead to it. */
export const SERVICE = { namespace: "wardle", name: "extension" };

export class ExtensionServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly flunders = new Flunders();
  /** PEM of the authority of its own certificate. */
  readonly authority: string;
  /** Answers in place of the usual. */
  override: ((exchange: Exchange) => Answer | Promise<Answer> | undefined) | undefined;
  readonly #options: ExtensionServerOptions;
  readonly #credential: Credential;
  #listener: Listener | undefined;
  #port: number;

  constructor(options: ExtensionServerOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
    const { authority, credential } = issueServing();
    this.authority = authority;
    this.#credential = credential;
  }

  get port(): number {
    return this.#port;
  }

  /** Listens, at the same port as before if it has. */
  async start(): Promise<void> {
    const { certificate, key } = this.#credential;
    const tls = { certificate, key, clientAuthority: this.#options.frontProxyAuthority };
    this.#listener = new Listener(tls, {
      application: { answer: (exchange) => this.#answer(exchange) },
      clock: systemClock,
      logger: silentLogger,
    });
    this.#port = (await this.#listener.listen(this.#options.address ?? "127.0.0.1", this.#port)).port;
  }

  async stop(): Promise<void> {
    await this.#listener?.[Symbol.asyncDispose]();
    this.#listener = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #answer(exchange: Exchange): Promise<Answer> {
    const { method, url, headers, peer } = exchange;
    const { trusted = false, commonName = "" } = peer.certificate ?? {};
    const groups = exchange.headerLines("x-remote-group").map(([, group]) => group);
    this.requests.push({ method, url, headers, groups, proxy: trusted ? commonName : "" });
    if (!trusted || headers["x-remote-user"] === undefined) return json({ kind: "Status", code: 401 }, 401);
    const overridden = await this.override?.(exchange);
    if (overridden !== undefined) return overridden;
    if (exchange.upgrade !== undefined) return echo(exchange);
    return (
      this.#document(exchange) ??
      (await this.flunders.answer(exchange)) ??
      metricsOf(exchange, this.#options.nodeName) ??
      notFound(url)
    );
  }

  #document({ path, headers }: Exchange): Answer | undefined {
    const { isOld = false } = this.#options;
    if (path === "/apis" && !isOld && String(headers["accept"]).includes("APIGroupDiscoveryList")) {
      if (headers["if-none-match"] === '"1"') return new Answer(304, { etag: '"1"' });
      return json(aggregatedDiscovery, 200, { "content-type": AGGREGATED_TYPE, etag: '"1"' });
    }
    if (path === "/openapi/v2") return json(openApiV2, 200, { etag: '"v2"' });
    if (path.startsWith("/openapi/v3") && isOld) return undefined;
    if (path === "/openapi/v3") return json(openApiV3Index);
    const [, group] = /^\/openapi\/v3\/apis\/([^/]+)\/[^/]+$/.exec(path) ?? [];
    if (group !== undefined) return json(openApiV3(group));
    const list = resourceList(path);
    return list === undefined ? undefined : json(list);
  }
}

export function json(value: unknown, code = 200, fields: Record<string, string> = {}): Answer {
  return new Answer(
    code,
    { "content-type": "application/json", ...fields },
    Buffer.from(JSON.stringify(value)),
  );
}

function notFound(url: string): Answer {
  return json(
    { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", message: url, code: 404 },
    404,
  );
}

/** Consents to any protocol, and sends back what comes. */
function echo({ upgrade }: Exchange): Answer {
  const connection = upgrade?.take();
  if (connection === undefined) throw new TypeError("Not an upgrade");
  const { socket, head } = connection;
  socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n");
  socket.write(head);
  socket.pipe(socket);
  return new Answer(101, {});
}

function issueServing() {
  const [authorityKey, key] = [generateKey(), generateKey()];
  const lifetime = { notBefore: 0, notAfter: Date.now() + 1e9 };
  const subject = { commonName: "extension-ca" };
  const issuer = { subject, key: authorityKey };
  const authority = issueCertificate({ ...lifetime, subject, usage: "authority" }, authorityKey, issuer);
  const serving = {
    ...lifetime,
    subject: { commonName: SERVICE.name },
    usage: "serverAuth",
    subjectAltNames: [`${SERVICE.name}.${SERVICE.namespace}.svc`],
  } as const;
  return { authority, credential: { certificate: issueCertificate(serving, key, issuer), key } };
}

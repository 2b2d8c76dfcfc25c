import { join } from "node:path";
import type { TokenRequest } from "#api/generated/authentication-v1.ts";
import type { Client } from "#client/client.ts";
import type { CertificateTemplate, Credential, Issuer } from "#pki/certificate.ts";
import type { Pki } from "#pki/pki.ts";
import type { AuthorityName } from "#pki/wanted.ts";
import type { ServerConfig } from "#server/config.ts";
import { startTestControlPlane, type TestControlPlane } from "../conformance/control-plane.ts";
import { HttpClient, type HttpClientOptions } from "../integration/front/http-client.ts";
import { issueFor, readAuthority } from "./stolen-authority.ts";

const CONTENT_TYPES: Readonly<Record<string, string>> = { PATCH: "application/merge-patch+json" };

/** What came of a request. */
export interface Outcome {
  readonly code: number;
  /** Of the Status, or the whole answer when it is none. */
  readonly message: string;
  readonly document: unknown;
}

/** A real server on a loopback port, as an attacker finds it, and what the attacker can lay hands on. */
export class AttackedCluster implements AsyncDisposable {
  readonly plane: TestControlPlane;
  readonly #stack = new AsyncDisposableStack();
  readonly #known = new Map<string, HttpClient>();

  private constructor(plane: TestControlPlane) {
    this.plane = this.#stack.use(plane);
  }

  static async start(changes: Partial<ServerConfig> = {}): Promise<AttackedCluster> {
    const featureGates = [{ feature: "ClusterTrustBundle", isEnabled: true }] as const;
    const runtimeConfig = [{ api: "certificates.k8s.io/v1beta1", isEnabled: true }];
    const plane = await startTestControlPlane({ featureGates, runtimeConfig, ...changes });
    return new AttackedCluster(plane);
  }

  /** The administrator, past HTTP. */
  get client(): Client {
    return this.plane.client;
  }

  get pki(): Pki {
    return this.plane.api.pki;
  }

  get host(): string {
    return new URL(this.plane.url).host;
  }

  /** Who says nothing of itself, unless the options do. */
  connect(options: Partial<HttpClientOptions> = {}): HttpClient {
    const authority = this.pki.authorities["server-ca"];
    return this.#stack.use(new HttpClient({ url: this.plane.url, protocol: "h2", authority, ...options }));
  }

  withToken(token: string): HttpClient {
    return this.connect({ headers: { authorization: `Bearer ${token}` } });
  }

  /** A user with a good certificate. */
  async as(commonName: string, ...organizations: readonly string[]): Promise<HttpClient> {
    const key = [commonName, ...organizations].join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const credential = await this.certificate({ subject: { commonName, organizations } });
    const client = this.connect({ credential });
    this.#known.set(key, client);
    return client;
  }

  asNode(name: string): Promise<HttpClient> {
    return this.as(`system:node:${name}`, "system:nodes");
  }

  /** A certificate of one of the cluster's authorities, or of another issuer. */
  certificate(
    changes: Partial<CertificateTemplate>,
    issuer: AuthorityName | Issuer = "client-ca",
  ): Promise<Credential> {
    return issueFor(this.#authorities, changes, issuer);
  }

  authority(name: AuthorityName): Promise<Issuer> {
    return readAuthority(this.#authorities, name);
  }

  get #authorities(): string {
    return join(this.plane.directory, "data", "server", "tls");
  }

  /** A token of a service account in `default`, which is made when there is none. */
  async token(account: string, spec: Partial<TokenRequest["spec"]> = {}): Promise<string> {
    const accounts = "/api/v1/namespaces/default/serviceaccounts";
    const admin = await this.as("system:admin", "system:masters");
    await send(admin, `POST ${accounts}`, { metadata: { name: account } });
    const { code, document, message } = await send(admin, `POST ${accounts}/${account}/token`, { spec });
    if (code !== 201) throw new Error(`No token for ${account}: ${message}`);
    return (document as TokenRequest).status?.token ?? "";
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** `what` is a method and a path. */
export async function send(client: HttpClient, what: string, body?: unknown): Promise<Outcome> {
  const [method = "", path = ""] = what.split(" ");
  const headers = { "content-type": CONTENT_TYPES[method] ?? "application/json" };
  const request =
    body === undefined ? { method, path } : { method, path, headers, body: JSON.stringify(body) };
  const { status: code, text } = await client.send(request);
  const document = parsed(text);
  const { message = text } = (document ?? {}) as { readonly message?: string };
  return { code, message, document };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not every answer is a document.
    return undefined;
  }
}

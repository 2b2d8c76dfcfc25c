import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installedKubectls, Kubectl } from "../front/kubectl.ts";
import { startTestServer, type TestServer } from "../front/server.ts";

/** How long one test may take, in milliseconds: each starts several processes. */
export const TIMEOUT_MS = 60_000;

/** The newest kubectl is enough: what it sends is what the others send. */
const PATH = installedKubectls().at(-1) ?? "kubectl";

/** A server with an administrator's kubectl, and others. */
export class KubectlServer implements AsyncDisposable {
  readonly server: TestServer;
  readonly admin: Kubectl;
  readonly #home: string;

  private constructor(server: TestServer, home: string) {
    this.server = server;
    this.#home = home;
    this.admin = new Kubectl(PATH, { kubeconfig: server.kubeconfig, home });
  }

  static async start(): Promise<KubectlServer> {
    const home = await mkdtemp(join(tmpdir(), "kubelith-authorization-"));
    return new KubectlServer(await startTestServer(), home);
  }

  /** A kubectl that shows nothing but a token. */
  async withToken(token: string): Promise<Kubectl> {
    const kubeconfig = join(this.#home, `token-${token.slice(-8)}`);
    const cluster = { server: this.server.url, "insecure-skip-tls-verify": true };
    const config = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "c",
      clusters: [{ name: "c", cluster }],
      users: [{ name: "u", user: { token } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    };
    await writeFile(kubeconfig, JSON.stringify(config));
    return new Kubectl(PATH, { kubeconfig, home: this.#home });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await rm(this.#home, { recursive: true });
  }
}

/** What kubectl says when it is refused. Throws when it is not. */
export async function refusal(kubectl: Kubectl, ...args: readonly string[]): Promise<string> {
  const { code, stderr } = await kubectl.try("", ...args);
  if (code !== 1) throw new Error(`kubectl ${args.join(" ")} exited with ${String(code)}`);
  return stderr.replace(/^Error from server \(Forbidden\): /, "").trim();
}

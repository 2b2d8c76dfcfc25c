/** An API server alone, over a store on disk and without controllers, as a process that load can be put on. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";
import { startTestServer } from "../../integration/front/server.ts";
import type { Target } from "./http2-client.ts";

export class ApiProcess implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;

  constructor() {
    this.#child = Bun.spawn([process.execPath, import.meta.path], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Waits until the server listens. */
  async access(): Promise<Target> {
    for await (const line of this.#child.stdout) return JSON.parse(Buffer.from(line).toString()) as Target;
    throw new Error("Cannot use the API server: it did not start");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.end();
    await this.#child.exited;
  }
}

/** Serves until its standard input is closed. */
async function serve(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "kubelith-bench-apply-"));
  try {
    await using server = await startTestServer({ store: await openSqliteStore({ directory }) });
    const { authorities, credentials } = server.pki;
    const { certificate: cert, key } = credentials["client-admin"];
    const access: Target = { url: server.url, tls: { ca: authorities["server-ca"], cert, key } };
    console.log(JSON.stringify(access));
    await Bun.stdin.text();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

if (import.meta.main) await serve();

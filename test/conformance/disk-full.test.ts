import { afterAll, beforeAll, expect, test } from "bun:test";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Status } from "#apimachinery/generated/meta-v1.ts";
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";
import { temporaryDirectory } from "../contract/store-fixtures.ts";
import type { HttpAnswer } from "../integration/front/http-client.ts";
import { startTestServer } from "../integration/front/server.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

/** A small file system of its own needs root; elsewhere the test counts as skipped. */
const isRoot = process.getuid?.() === 0;

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  home = await temporaryDirectory();
  if (isRoot) run("mount", "-t", "tmpfs", "-o", "size=6m", "kubelith-test", home.path);
});
afterAll(async () => {
  if (isRoot) run("umount", home.path);
  await home[Symbol.asyncDispose]();
});

test.skipIf(!isRoot)(
  "on a full disk writes fail with a Status, reads go on, and room makes it good",
  async () => {
    const ballast = join(home.path, "ballast");
    const store = await openSqliteStore({ directory: join(home.path, "db") });
    await using server = await startTestServer({ store });
    const client = server.connect();
    const acknowledged: string[] = [];
    const create = async (name: string): Promise<HttpAnswer> => {
      const body = JSON.stringify({ metadata: { name }, data: { a: "x".repeat(10_000) } });
      const headers = { "content-type": "application/json" };
      const answer = await client.send({ method: "POST", path: CONFIG_MAPS, headers, body });
      if (answer.status === 201) acknowledged.push(name);
      return answer;
    };
    const names = async (): Promise<readonly string[]> => {
      const answer = await client.send({ path: CONFIG_MAPS });
      return answer
        .json<{ items: { metadata: { name: string } }[] }>()
        .items.map(({ metadata }) => metadata.name);
    };

    await create("before");
    await writeFile(ballast, new Uint8Array(8_000_000)).catch(() => undefined);
    let refused: HttpAnswer | undefined;
    for (let index = 0; refused === undefined && index < 1000; index += 1) {
      const answer = await create(`full-${String(index).padStart(4, "0")}`);
      if (answer.status !== 201) refused = answer;
    }
    const status = refused?.json<Status>();
    expect(status).toMatchObject({ kind: "Status", status: "Failure", code: 500, reason: "InternalError" });
    expect(status?.message).toStartWith("Internal error occurred: Cannot write");
    expect(status?.message).toEndWith("disk is full");
    expect(await names()).toEqual(acknowledged.toSorted());
    expect((await client.send({ path: "/livez" })).text).toBe("ok");
    const removal = await client.send({ method: "DELETE", path: `${CONFIG_MAPS}/before` });
    expect(removal.status).toBe(500);

    await rm(ballast);
    expect((await create("later")).status).toBe(201);
    expect(await names()).toEqual(acknowledged.toSorted());
  },
);

function run(...command: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...command]);
  if (exitCode !== 0) throw new Error(`Cannot run "${command.join(" ")}": ${stderr.toString()}`);
}

import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { KubelithHost } from "./kubelith-host.ts";

const ROUNDS = 20;
const WRITER = join(import.meta.dir, "crash-writer.ts");

/** How long a server lives at most after its first acknowledgement. */
const MAX_LIFE_MS = 400;

type Verb = "create" | "update" | "delete";

interface Line {
  readonly asked?: Verb;
  readonly done?: Verb;
  readonly refused?: string;
  readonly name: string;
  readonly revision?: string;
}

interface ConfigMaps {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly resourceVersion: string };
    readonly data?: { readonly value?: string };
  }[];
}

/** What is known of one object: the last write that was acknowledged, and one that may or may not have happened. */
interface Fate {
  done?: Line & { readonly done: Verb };
  asked?: Verb | undefined;
}

let host: KubelithHost;
beforeAll(async () => {
  host = await KubelithHost.start({ name: "crash" });
});
afterAll(() => host?.[Symbol.asyncDispose]());

test(`nothing that the API acknowledged is lost by kill -9, ${String(ROUNDS)} times in a row`, async () => {
  const fates = new Map<string, Fate>();
  const refused: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const line of await writeUntilKilled(`r${String(round)}`)) learn(fates, refused, line);
    host.spawnServer();
    await host.eventually(async () => expect(await host.kubectl.run("get", "--raw", "/readyz")).toBe("ok"));
  }
  expect(refused).toEqual([]);
  const { items } = await host.json<ConfigMaps>("configmaps");
  const found = new Map(items.map((item) => [item.metadata.name, item]));
  const mistakes = [...fates].flatMap(([name, fate]) => mistakesIn(name, fate, found.get(name)));
  expect(mistakes).toEqual([]);
  const unasked = [...found.keys()].filter((name) => !fates.has(name) && name !== "kube-root-ca.crt");
  expect(unasked).toEqual([]);
  const revisions = [...fates.values()].flatMap(({ done }) => done?.revision ?? []);
  expect(new Set(revisions).size).toBe(revisions.length);
  expect(revisions.length).toBeGreaterThan(ROUNDS * 10);
});

/** Kills the server at some moment under load; what the writers were told until then. */
async function writeUntilKilled(prefix: string): Promise<readonly Line[]> {
  const writer = Bun.spawn(host.inside(process.execPath, WRITER, host.kubeconfig, prefix), {
    stdout: "pipe",
  });
  let said = "";
  let killed: Promise<unknown> | undefined;
  for await (const chunk of writer.stdout.pipeThrough(new TextDecoderStream())) {
    said += chunk;
    if (killed !== undefined || !said.includes('"done"')) continue;
    killed = Bun.sleep(Math.random() * MAX_LIFE_MS).then(() => host.stopServer("SIGKILL"));
  }
  await killed;
  return said
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

function learn(fates: Map<string, Fate>, refused: string[], line: Line): void {
  if (line.refused !== undefined) refused.push(line.refused);
  const fate = fates.get(line.name) ?? {};
  if (line.asked !== undefined) fates.set(line.name, { ...fate, asked: line.asked });
  if (line.done !== undefined) fates.set(line.name, { done: { ...line, done: line.done } });
}

function mistakesIn(
  name: string,
  { done, asked }: Fate,
  found: ConfigMaps["items"][number] | undefined,
): string[] {
  const possible = [stateAfter(done?.done), ...(asked === undefined ? [] : [stateAfter(asked)])];
  const state = found?.data?.value ?? "absent";
  if (!possible.includes(state)) return [`${name} is ${state} instead of ${possible.join(" or ")}`];
  const revision = found?.metadata.resourceVersion;
  if (asked !== undefined || done?.revision === revision) return [];
  return [`${name} has revision ${String(revision)} instead of ${String(done?.revision)}`];
}

function stateAfter(verb: Verb | undefined): string {
  return verb === undefined || verb === "delete" ? "absent" : `${verb}d`;
}

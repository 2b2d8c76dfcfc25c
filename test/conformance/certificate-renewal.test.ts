import { expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { type Clock, systemClock } from "#base/clock.ts";
import { formatKubeconfig } from "#pki/kubeconfig.ts";
import { newestKubectl } from "../integration/front/kubectl.ts";
import { joiningHost } from "../integration/join/joining-host.ts";
import { until } from "../integration/until.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
/** How often servers look whether their clock was set. */
const GLANCE_MS = 60_000;

/** The clock of the system until `skip`, which moves its time and ends all waits of a glance. */
class SkippingClock implements Clock {
  #skippedMs: number;
  #skipped = Promise.withResolvers<void>();

  constructor(aheadMs = 0) {
    this.#skippedMs = aheadMs;
  }

  now(): number {
    return systemClock.now() + this.#skippedMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const slept = systemClock.sleep(ms, signal);
    return ms === GLANCE_MS ? Promise.race([slept, this.#skipped.promise]) : slept;
  }

  after(ms: number, callback: () => void): Disposable {
    return systemClock.after(ms, callback);
  }

  skip(ms: number): void {
    this.#skippedMs += ms;
    this.#skipped.resolve();
    this.#skipped = Promise.withResolvers();
  }
}

/** When the certificate ends that a server shows to a new connection. */
async function shownUntil(url: string): Promise<number> {
  const { hostname, port } = new URL(url);
  // What is valid in the server's time is not yet so in ours.
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  socket.once("secureConnect", () => resolve(Date.parse(socket.getPeerCertificate().valid_to)));
  socket.once("error", reject);
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

test("a server that runs for years shows certificates that are valid", async () => {
  const clock = new SkippingClock();
  await using plane = await startTestControlPlane({}, clock);
  const { url, api } = plane;
  const first = await shownUntil(url);
  const renewed = Promise.withResolvers<unknown>();
  using _ = api.pki.onRenewed.add(renewed.resolve);
  clock.skip(300 * DAY_MS);
  await renewed.promise;
  expect(await shownUntil(url)).toBeGreaterThan(first + 299 * DAY_MS);
});

/** kubectl reads, and a host joins and comes back: both in the time of this machine, which is right. */
async function expectWorks(plane: TestControlPlane): Promise<void> {
  const kubectl = newestKubectl(plane);
  expect(await kubectl.run("get", "namespaces", "-o", "name")).toContain("namespace/default");
  const token = (await Bun.file(join(plane.directory, "data/server/token")).text()).trim();
  const home = crypto.randomUUID();
  for (const text of [token, undefined]) {
    const host = joiningHost(plane, { nodeName: home, home, ...(text !== undefined && { text }) });
    expect((await host.begin(new AbortController().signal)).nodeName).toBe(home);
  }
}

test("a server whose clock is ten years ahead at its first start works once it is set, without another start", async () => {
  const clock = new SkippingClock(10 * YEAR_MS);
  await using plane = await startTestControlPlane({}, clock);
  const { url, api, kubeconfig } = plane;
  expect(await shownUntil(url)).toBeGreaterThan(systemClock.now() + 10 * YEAR_MS);
  clock.skip(-10 * YEAR_MS);
  await until(async () => (await shownUntil(url)) < systemClock.now() + 2 * YEAR_MS);
  const { authorities, credentials } = api.pki;
  const certificateAuthority = authorities["server-ca"];
  const credential = credentials["client-admin"];
  await writeFile(kubeconfig, formatKubeconfig({ server: url, certificateAuthority, credential }));
  await expectWorks(plane);
});

test.each([
  { name: "is ten years ahead", at: systemClock.now() + 10 * YEAR_MS },
  { name: "begins in 1970", at: 0 },
  { name: "has stood still since 2020", at: Date.parse("2020-01-01T00:00:00Z") },
])("a server whose clock $name at a start works when it is right at the next", async ({ at }) => {
  const directory = await mkdtemp(join(tmpdir(), "kubelith-clock-"));
  const settings = { dataDir: join(directory, "data"), writeKubeconfig: join(directory, "kubeconfig") };
  try {
    for (const first of [at, systemClock.now(), at]) {
      await using _ = await startTestControlPlane(settings, new SkippingClock(first - systemClock.now()));
    }
    await using plane = await startTestControlPlane(settings);
    await expectWorks({ ...plane, directory, kubeconfig: settings.writeKubeconfig });
  } finally {
    await rm(directory, { recursive: true });
  }
});

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Readable } from "node:stream";
import type {
  ContainerConfig,
  ContainerRuntime,
  ContainerStatus,
  LogLine,
  RuntimeEvent,
  SandboxConfig,
} from "#container/runtime.ts";
import type { RuntimeError } from "#container/runtime-error.ts";
import {
  aContainerConfig,
  aSandboxConfig,
  IMAGE,
  PROGRAMS,
  type Program,
} from "./container-runtime-programs.ts";

export interface ContainerRuntimeUnderTest extends AsyncDisposable {
  /** Has the image `contract.test/busybox:1`. */
  readonly runtime: ContainerRuntime;
}

/** What every `ContainerRuntime` does, be it real or a fake. */
export function describeContainerRuntime(name: string, open: () => Promise<ContainerRuntimeUnderTest>): void {
  describe(`ContainerRuntime: ${name}`, () => {
    let under: ContainerRuntimeUnderTest;
    let runtime: ContainerRuntime;

    beforeEach(async () => {
      under = await open();
      ({ runtime } = under);
    });

    afterEach(async () => {
      for (const { id } of await runtime.listSandboxes()) await runtime.removeSandbox(id);
      await under[Symbol.asyncDispose]();
    });

    async function sandbox(options: Partial<SandboxConfig> = {}) {
      const config = aSandboxConfig(options);
      return { config, id: await runtime.runSandbox(config) };
    }

    /** Runs a program in a sandbox of its own. */
    async function run(program: Program, options: Partial<ContainerConfig> = {}) {
      const { config, id: sandboxId } = await sandbox();
      const id = await runtime.createContainer(sandboxId, aContainerConfig(config, program, options));
      await runtime.startContainer(id);
      return { id, sandboxId, config };
    }

    /** The status once the container has exited. */
    async function exited(id: string): Promise<ContainerStatus> {
      for (;;) {
        const status = await runtime.containerStatus(id);
        if (status.state === "exited") return status;
        await Bun.sleep(10);
      }
    }

    async function lines(id: string, options: { tailLines?: number; since?: number; follow?: boolean } = {}) {
      const signal = AbortSignal.timeout(10_000);
      return Array.fromAsync(runtime.logs(id, { follow: false, ...options, signal }));
    }

    /** Until the container has printed something. */
    async function printed(id: string): Promise<void> {
      const abort = new AbortController();
      for await (const _ of runtime.logs(id, { follow: true, signal: abort.signal })) abort.abort();
    }

    test("says what it is", async () => {
      const { name: scheme, version, cgroupDriver } = await runtime.version();
      expect(scheme).toMatch(/^[a-z]+$/);
      expect(version).toMatch(/^\d+\.\d+/);
      expect(["cgroupfs", "systemd"]).toContain(cgroupDriver);
    });

    describe("sandboxes", () => {
      test("are listed with what they were made with", async () => {
        const before = Date.now() - 1;
        const { config, id } = await sandbox({ attempt: 2, annotations: { "example.com/a": "b" } });
        const [status] = await runtime.listSandboxes({ podUid: config.pod.uid });
        expect(status).toMatchObject({
          id,
          pod: config.pod,
          attempt: 2,
          state: "ready",
          network: "pod",
          annotations: { "example.com/a": "b" },
        });
        expect(status?.pid).toBeGreaterThan(0);
        expect(status?.createdAt).toBeGreaterThan(before);
      });

      test("of one pod come newest first", async () => {
        const { config, id: first } = await sandbox();
        const second = await runtime.runSandbox({ ...config, attempt: 1 });
        const found = await runtime.listSandboxes({ podUid: config.pod.uid });
        expect(found.map(({ id }) => id)).toEqual([second, first]);
        expect((await runtime.listSandboxes()).length).toBe(2);
      });

      test("stop with their containers, and again", async () => {
        const { id, sandboxId, config } = await run(PROGRAMS.ignore);
        await runtime.stopSandbox(sandboxId);
        expect((await exited(id)).exitCode).toBe(137);
        const [status] = await runtime.listSandboxes({ podUid: config.pod.uid });
        expect(status).toMatchObject({ state: "notReady", pid: 0 });
        await runtime.stopSandbox(sandboxId);
      });

      test("are removed with their containers, and again", async () => {
        const { sandboxId } = await run(PROGRAMS.ignore);
        await runtime.removeSandbox(sandboxId);
        expect(await runtime.listSandboxes()).toEqual([]);
        expect(await runtime.listContainers()).toEqual([]);
        await runtime.removeSandbox(sandboxId);
        await runtime.stopSandbox(sandboxId);
      });
    });

    describe("containers", () => {
      test("are created, run and exit", async () => {
        const { config, id: sandboxId } = await sandbox();
        const options = { attempt: 3, labels: { l: "1" }, annotations: { "example.com/a": "x" } };
        const id = await runtime.createContainer(
          sandboxId,
          aContainerConfig(config, PROGRAMS.hello, options),
        );
        const created = await runtime.containerStatus(id);
        expect(created).toMatchObject({
          id,
          sandboxId,
          pod: config.pod,
          name: "app",
          state: "created",
          image: IMAGE,
          startedAt: 0,
          finishedAt: 0,
          reason: "",
          ...options,
        });
        await runtime.startContainer(id);
        const status = await exited(id);
        expect(status).toMatchObject({ exitCode: 0, reason: "Completed", attempt: 3, pid: 0 });
        expect(status.startedAt).toBeGreaterThanOrEqual(created.createdAt);
        expect(status.finishedAt).toBeGreaterThan(status.startedAt);
        expect(status.image).toBe(IMAGE);
        expect(status.imageId).toBe((await runtime.imageStatus(IMAGE))?.id ?? "none");
      });

      test("tell how they failed", async () => {
        const { id } = await run(PROGRAMS.fail);
        expect(await exited(id)).toMatchObject({ exitCode: 3, reason: "Error" });
      });

      test("have a process while they run", async () => {
        const { id } = await run(PROGRAMS.obey);
        const { state, pid } = await runtime.containerStatus(id);
        expect(state).toBe("running");
        expect(pid).toBeGreaterThan(0);
      });

      test("whose command does not exist cannot be started", async () => {
        const { config, id: sandboxId } = await sandbox();
        const id = await runtime.createContainer(sandboxId, aContainerConfig(config, PROGRAMS.absent));
        expect(await failure(runtime.startContainer(id))).toBe("cannotRun");
        const status = await runtime.containerStatus(id);
        expect(status).toMatchObject({ state: "exited", exitCode: 127, reason: "ContainerCannotRun" });
        expect(status.message).toContain("no");
        expect(status.finishedAt).toBeGreaterThan(0);
      });

      test("get the environment", async () => {
        const { id } = await run(PROGRAMS.environment, { env: [{ name: "GREETING", value: "a = b" }] });
        await exited(id);
        expect(texts(await lines(id))).toEqual(["stdout a = b\n"]);
      });

      test("stop when they are asked to", async () => {
        const { id } = await run(PROGRAMS.obey);
        await printed(id);
        await runtime.stopContainer(id, 10);
        expect(await runtime.containerStatus(id)).toMatchObject({ state: "exited", exitCode: 5 });
        await runtime.stopContainer(id, 10);
      });

      test("are killed when they do not stop in time", async () => {
        const { id } = await run(PROGRAMS.ignore);
        await printed(id);
        await runtime.stopContainer(id, 1);
        expect(await exited(id)).toMatchObject({ exitCode: 137, reason: "Error" });
      });

      test("can be stopped sooner than was asked first", async () => {
        const { id } = await run(PROGRAMS.ignore);
        await printed(id);
        const abort = new AbortController();
        const patient = failure(runtime.stopContainer(id, 3600, abort.signal));
        abort.abort();
        expect(await patient).toBe("AbortError");
        await runtime.stopContainer(id, 0);
        expect((await exited(id)).exitCode).toBe(137);
      });

      test("that do not exist are stopped and removed already, and have no status", async () => {
        await runtime.stopContainer("0123456789ab", 1);
        await runtime.removeContainer("0123456789ab");
        expect(await failure(runtime.containerStatus("0123456789ab"))).toBe("notFound");
        expect(await failure(runtime.startContainer("0123456789ab"))).toBe("notFound");
      });

      test("are listed newest first, of one sandbox or pod", async () => {
        const first = await run(PROGRAMS.fail);
        const second = await run(PROGRAMS.fail);
        const again = await runtime.createContainer(
          first.sandboxId,
          aContainerConfig(first.config, PROGRAMS.fail, { attempt: 1 }),
        );
        const ids = async (filter: Parameters<ContainerRuntime["listContainers"]>[0]) =>
          (await runtime.listContainers(filter)).map(({ id }) => id);
        expect(await ids({})).toEqual([again, second.id, first.id]);
        expect(await ids({ sandboxId: first.sandboxId })).toEqual([again, first.id]);
        expect(await ids({ podUid: second.config.pod.uid })).toEqual([second.id]);
      });

      test("run again under the next attempt and are removed one by one", async () => {
        const { id, sandboxId, config } = await run(PROGRAMS.fail);
        await exited(id);
        const next = aContainerConfig(config, PROGRAMS.fail, { attempt: 1 });
        const again = await runtime.createContainer(sandboxId, next);
        await runtime.removeContainer(id);
        const left = await runtime.listContainers({ sandboxId });
        expect(left.map(({ id: each, attempt }) => [each, attempt])).toEqual([[again, 1]]);
      });

      test("use memory, and their limits can be changed", async () => {
        const { id } = await run(PROGRAMS.obey, { resources: { memoryLimitBytes: 64 * 2 ** 20 } });
        await runtime.updateContainerResources(id, { memoryLimitBytes: 128 * 2 ** 20 });
        const { memoryUsageBytes, memoryWorkingSetBytes } = await runtime.containerStats(id);
        expect(memoryUsageBytes).toBeGreaterThan(0);
        expect(memoryWorkingSetBytes).toBeGreaterThan(0);
      });

      test("need an image that is there", async () => {
        const { config, id } = await sandbox();
        const wanted = aContainerConfig(config, PROGRAMS.fail, { image: "contract.test/absent:1" });
        expect(await failure(runtime.createContainer(id, wanted))).toBe("notFound");
      });
    });

    describe("entities", () => {
      test("show what changes", async () => {
        const { id, sandboxId, config } = await run(PROGRAMS.obey);
        const before = await runtime.listEntities();
        expect(before.length).toBe(2);
        expect(before).toContainEqual(expect.objectContaining({ type: "container", id, pod: config.pod }));
        expect(before).toContainEqual(
          expect.objectContaining({ type: "sandbox", id: sandboxId, pod: config.pod }),
        );
        await printed(id);
        await runtime.stopContainer(id, 5);
        const stateOf = (entities: typeof before) => entities.find((entity) => entity.id === id)?.state;
        expect(stateOf(await runtime.listEntities())).not.toBe(stateOf(before) ?? "");
      });
    });

    describe("logs", () => {
      test("keep both streams apart and in order", async () => {
        const { id } = await run(PROGRAMS.hello);
        await exited(id);
        const found = await lines(id);
        expect(texts(found).toSorted()).toEqual(["stderr two\n", "stdout one\n", "stdout three"]);
        expect(texts(found).at(-1)).toBe("stdout three");
        for (const { timestamp } of found)
          expect(timestamp, "a timestamp").toMatch(/^\d{4}-.*T.*\.\d{9}(Z|[+-])/);
      });

      test("can be cut to the last lines", async () => {
        const { id } = await run(PROGRAMS.hello);
        await exited(id);
        expect(texts(await lines(id, { tailLines: 1 }))).toEqual(["stdout three"]);
        expect(texts(await lines(id, { tailLines: 0 }))).toEqual([]);
      });

      test("can be cut to what came since", async () => {
        const { id } = await run(PROGRAMS.hello);
        await exited(id);
        const last = (await lines(id)).at(-1)?.timestamp ?? "";
        expect(texts(await lines(id, { since: Date.parse(last) }))).toEqual(["stdout three"]);
      });

      test("are followed until the container exits", async () => {
        const { id } = await run(PROGRAMS.hello);
        expect(texts(await lines(id, { follow: true })).at(-1)).toBe("stdout three");
      });

      test("are followed until the reader goes", async () => {
        const { id } = await run(PROGRAMS.ignore);
        const abort = new AbortController();
        const seen: LogLine[] = [];
        for await (const line of runtime.logs(id, { follow: true, signal: abort.signal })) {
          seen.push(line);
          abort.abort();
        }
        expect(texts(seen)).toEqual(["stdout ready\n"]);
      });

      test("of a container that does not exist are not found", async () => {
        expect(await failure(lines("0123456789ab"))).toBe("notFound");
      });
    });

    describe("exec", () => {
      test("gives the output and the exit code", async () => {
        const { id } = await run(PROGRAMS.ignore);
        const { exitCode, stdout, stderr } = await runtime.execSync(id, PROGRAMS.both.command, 10_000);
        expect([exitCode, decode(stdout), decode(stderr)]).toEqual([7, "out\n", "err\n"]);
      });

      test("ends what takes too long", async () => {
        const { id } = await run(PROGRAMS.ignore);
        const late = runtime.execSync(id, PROGRAMS.sleep.command, 50);
        expect(await failure(late)).toBe("execTimeout");
        await expect(late).rejects.toThrow("timed out after 0.05s");
      });

      test("ends when its caller goes", async () => {
        const { id } = await run(PROGRAMS.ignore);
        const signal = AbortSignal.timeout(50);
        expect(await failure(runtime.execSync(id, PROGRAMS.sleep.command, 60_000, signal))).toBe(
          "TimeoutError",
        );
      });

      test("carries input and output", async () => {
        const { id } = await run(PROGRAMS.ignore);
        const streams = { stdin: true, stdout: true, stderr: true, tty: false };
        await using session = await runtime.exec(id, { command: PROGRAMS.echo.command, ...streams });
        session.stdin?.write("hello\n");
        expect(await text(session.stdout)).toBe("got hello\n");
        expect(await text(session.stderr)).toBe("");
        expect(await session.exitCode).toBe(4);
      });

      test("needs a running container", async () => {
        const { id } = await run(PROGRAMS.fail);
        await exited(id);
        expect(await failure(runtime.execSync(id, PROGRAMS.both.command, 1000))).toBe("notRunning");
        const streams = { stdin: false, stdout: true, stderr: true, tty: false };
        expect(await failure(runtime.attach(id, streams))).toBe("notRunning");
      });
    });

    test("attach joins the streams of the main process", async () => {
      const { id } = await run(PROGRAMS.echo, { stdin: true });
      await using session = await runtime.attach(id, { stdin: true, stdout: true, stderr: true, tty: false });
      session.stdin?.write("you\n");
      expect(await text(session.stdout)).toBe("got you\n");
      expect(await session.exitCode).toBe(4);
    });

    describe("images", () => {
      test("are found by reference and by id", async () => {
        const status = await runtime.imageStatus(IMAGE);
        expect(status?.tags).toContain(IMAGE);
        expect((await runtime.imageStatus(status?.id ?? ""))?.id).toBe(status?.id ?? "none");
        expect((await runtime.listImages()).map(({ id }) => id)).toContain(status?.id ?? "none");
        expect(await runtime.imageStatus("contract.test/absent:1")).toBeUndefined();
      });

      test("that nobody has cannot be pulled", async () => {
        const code = await failure(runtime.pullImage("contract.invalid/absent:1"));
        expect(["imagePullFailed", "imageNotFound"]).toContain(code);
      });

      test("need a name that can be parsed", async () => {
        expect(await failure(runtime.pullImage("NOT/A name"))).toBe("invalidImageName");
      });

      test("that do not exist are removed already", async () => {
        await runtime.removeImage("sha256:00000000000000000000000000000000000000000000000000000000000000aa");
      });
    });

    test("events tell of every change", async () => {
      const abort = new AbortController();
      const events: RuntimeEvent[] = [];
      const reading = (async () => {
        for await (const event of runtime.events(abort.signal)) events.push(event);
      })();
      const count = (type: RuntimeEvent["type"], about: string): number =>
        events.filter((event) => event.type === type && event.id === about).length;
      // What happens before the stream is open is not told.
      let started = await run(PROGRAMS.fail);
      while (count("sandboxChanged", started.sandboxId) === 0) {
        await Bun.sleep(50);
        if (count("sandboxChanged", started.sandboxId) === 0) started = await run(PROGRAMS.fail);
      }
      while (count("containerChanged", started.id) < 3) await Bun.sleep(10);
      const [event] = events.filter(({ id }) => id === started.id);
      expect(event?.podUid).toBe(started.config.pod.uid);
      abort.abort();
      await reading;
    });
  });
}

/** The code of a RuntimeError, or the name of any other error. */
async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "no failure";
  } catch (error) {
    return (error as RuntimeError).detail?.code ?? (error as Error).name;
  }
}

function texts(found: readonly LogLine[]): readonly string[] {
  return found.map(({ stream, content }) => `${stream} ${decode(content)}`);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

async function text(stream: Readable | undefined): Promise<string> {
  const chunks = await Array.fromAsync((stream ?? []) as AsyncIterable<Uint8Array>);
  return Buffer.concat(chunks).toString();
}

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { basename } from "node:path";
import { installedKubectls } from "../integration/front/kubectl.ts";
import { BUSYBOX, KubelithHost } from "./kubelith-host.ts";
import { FOREVER, scriptPod } from "./script-pod.ts";
import { Terminal } from "./terminal.ts";

const KUBECTLS = installedKubectls().map((path) => ({ path, version: basename(path) }));

const LINES = Array.from({ length: 200_000 }, (_, index) => `line ${String(index)}\n`).join("");

let host: KubelithHost;
beforeAll(async () => {
  host = await KubelithHost.start({ name: "stratt" });
  await host.apply([
    scriptPod("reader", "while read line; do echo got $line; echo err $line >&2; done", {
      container: { stdin: true },
    }),
    scriptPod("shell", "exec sh", { container: { stdin: true, tty: true } }),
    scriptPod("one", FOREVER),
  ]);
  await host.kubectl.run("wait", "--for=condition=Ready", "pod/reader", "pod/shell", "pod/one");
});
afterAll(() => host?.[Symbol.asyncDispose]());

describe.each(KUBECTLS)("attach of $version", ({ path, version }) => {
  test("brings input and tells outputs apart, and leaves the container running", async () => {
    const attach = Bun.spawn(command(path, "attach", "-i", "reader"), {
      env: host.kubectlAt(path).commandOf().environment,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    let [stdout, stderr] = ["", ""];
    const read = [
      collect(attach.stdout, (text) => (stdout += text)),
      collect(attach.stderr, (text) => (stderr += text)),
    ];
    void attach.stdin.write(`${version}\n`);
    await attach.stdin.flush();
    await host.eventually(async () => {
      expect([stdout, stderr]).toEqual([
        `got ${version}\n`,
        expect.stringContaining(`err ${version}\n`) as unknown as string,
      ]);
    });
    attach.kill("SIGINT");
    await attach.exited;
    await Promise.all(read);
    expect(await restarts("reader")).toBe("0 true");
  });

  test("has the container's terminal, of the client's size", async () => {
    await using terminal = startTerminal(path, "attach", "-it", "shell");
    await host.eventually(async () => {
      terminal.type("stty size\n");
      await Bun.sleep(200);
      expect(terminal.output).toContain("24 80\r\n");
    });
    terminal.resize(132, 50);
    await host.eventually(async () => {
      terminal.type("stty size\n");
      await Bun.sleep(200);
      expect(terminal.output).toContain("50 132\r\n");
    });
    terminal.kill("SIGKILL");
    await terminal.exited;
    expect(await restarts("shell")).toBe("0 true");
  });

  test("run -it --rm ends with the exit code of the container and deletes the pod", async () => {
    const name = `run-${version.replaceAll(".", "-")}`;
    const args = ["run", name, "-it", "--rm", "--restart=Never", `--image=${BUSYBOX}`];
    await using terminal = startTerminal(path, ...args, "--", "sh");
    await host.eventually(async () => expect(terminal.output).toContain("# "), 30_000);
    terminal.type("tty; exit 4\n");
    expect(await terminal.exited).toBe(4);
    expect(terminal.output).toContain("/dev/pts/0\r\n");
    expect((await host.kubectl.try("", "get", "pod", name)).stderr).toContain("NotFound");
  });

  test("run -i carries input to its end", async () => {
    const name = `pipe-${version.replaceAll(".", "-")}`;
    const args = ["run", name, "-i", "--rm", "--quiet", "--restart=Never", `--image=${BUSYBOX}`];
    const { code, stdout } = await host.kubectlAt(path).try(LINES, ...args, "--", "wc", "-c");
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${String(LINES.length)}\n` });
  });
});

test("debug starts an ephemeral container beside the others", async () => {
  const { kubectl } = host;
  const args = ["debug", "one", `--image=${BUSYBOX}`, "-c", "dbg", "--profile=general", "--target=main"];
  await kubectl.run(...args, "--", "sh", "-c", `ps -o args; hostname; ${FOREVER}`);
  await host.eventually(async () => {
    const logs = await kubectl.run("logs", "one", "-c", "dbg");
    expect(logs).toContain("sleep 1000000");
    expect(logs).toEndWith("one\n");
  });
  expect(await kubectl.run("exec", "one", "-c", "dbg", "--", "echo", "inside")).toBe("inside\n");
});

function command(path: string, ...args: readonly string[]): string[] {
  return host.kubectlAt(path).commandOf(...args).command;
}

function startTerminal(path: string, ...args: readonly string[]): Terminal {
  return new Terminal(command(path, ...args), host.kubectlAt(path).commandOf().environment);
}

/** How often the container was restarted, and whether it is ready. */
function restarts(pod: string): Promise<string> {
  const path = "{.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].ready}";
  return host.jsonpath("pod", pod, path);
}

async function collect(stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> {
  for await (const chunk of stream) add(Buffer.from(chunk).toString());
}

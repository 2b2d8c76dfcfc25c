import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { installedKubectls } from "../integration/front/kubectl.ts";
import { sh } from "./docker-host.ts";
import { KubelithHost } from "./kubelith-host.ts";
import { FOREVER, scriptContainer, scriptPod } from "./script-pod.ts";
import { Terminal } from "./terminal.ts";

/** All that are there: those before 1.31 speak SPDY, the others WebSocket. */
const KUBECTLS = installedKubectls().map((path) => ({ path, version: basename(path) }));

const TEN_MEGABYTES = crypto
  .getRandomValues(Buffer.alloc(64 * 1024))
  .toString("hex")
  .repeat(80);

let host: KubelithHost;
beforeAll(async () => {
  host = await KubelithHost.start({ name: "strexec" });
  await host.apply([
    scriptPod("one", FOREVER),
    scriptPod("pair", "", {
      annotations: { "kubectl.kubernetes.io/default-container": "second" },
      spec: {
        containers: [
          scriptContainer("first", `echo first >/name; ${FOREVER}`),
          scriptContainer("second", `echo second >/name; ${FOREVER}`),
        ],
      },
    }),
    scriptPod("ended", "true", { spec: { restartPolicy: "Never" } }),
    scriptPod("initial", FOREVER, { spec: { initContainers: [scriptContainer("before", FOREVER)] } }),
  ]);
  await host.kubectl.run("wait", "--for=condition=Ready", "pod/one", "pod/pair");
  await host.kubectl.run("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/ended");
  await host.eventually(async () => {
    const started = "{.status.initContainerStatuses[0].state.running.startedAt}";
    expect(await host.jsonpath("pod", "initial", started)).not.toBe("");
  });
});
afterAll(() => host?.[Symbol.asyncDispose]());

describe.each(KUBECTLS)("exec of $version", ({ path }) => {
  const exec = (input: string, ...args: readonly string[]) =>
    host.kubectlAt(path).try(input, "exec", ...args);

  const cases: { args: string[]; input?: string; want: [code: number, stdout: string, stderr: string] }[] = [
    { args: ["one", "--", "echo", "hello"], want: [0, "hello\n", ""] },
    { args: ["one", "--", "sh", "-c", "echo out; echo err >&2"], want: [0, "out\n", "err\n"] },
    { args: ["-i", "one", "--", "cat"], input: "typed\n", want: [0, "typed\n", ""] },
    { args: ["-i", "one", "--", "wc", "-c"], input: "", want: [0, "0\n", ""] },
    { args: ["one", "--", "false"], want: [1, "", "command terminated with exit code 1\n"] },
    {
      args: ["one", "--", "sh", "-c", "kill -9 $$"],
      want: [137, "", "command terminated with exit code 137\n"],
    },
    { args: ["pair", "--", "cat", "/name"], want: [0, "second\n", ""] },
    { args: ["pair", "-c", "first", "--", "cat", "/name"], want: [0, "first\n", ""] },
    {
      args: ["one", "-c", "other", "--", "true"],
      want: [1, "", "Error from server (BadRequest): container other is not valid for pod one\n"],
    },
    {
      args: ["ended", "--", "true"],
      want: [1, "", "error: cannot exec into a container in a completed pod; current phase is Succeeded\n"],
    },
    { args: ["initial", "-c", "before", "--", "echo", "hello"], want: [0, "hello\n", ""] },
    {
      args: ["initial", "-c", "main", "--", "true"],
      want: [1, "", 'error: unable to upgrade connection: container not found ("main")\n'],
    },
    {
      args: ["absent", "--", "true"],
      want: [1, "", 'Error from server (NotFound): pods "absent" not found\n'],
    },
  ];
  test.each(cases)("$args", async ({ args, input = "", want }) => {
    const { code, stdout, stderr } = await exec(input, ...args);
    expect([code, stdout, stderr]).toEqual(want);
  });

  test("a command that is not there ends as a shell would say it", async () => {
    const { code, stdout, stderr } = await exec("", "one", "--", "nosuchcommand");
    expect(code).toBeOneOf([126, 127]);
    expect(stdout).toContain('exec: "nosuchcommand": executable file not found in $PATH');
    expect(stderr).toEndWith(`command terminated with exit code ${String(code)}\n`);
  });

  test("carries 10 MB both ways at once", async () => {
    const { code, stdout } = await exec(TEN_MEGABYTES, "-i", "one", "--", "cat");
    expect({ code, isIntact: stdout === TEN_MEGABYTES }).toEqual({ code: 0, isIntact: true });
  });

  test("has a terminal that follows the client's size", async () => {
    await using terminal = startTerminal(path, "exec", "-it", "one", "--", "sh");
    await shows(terminal, "# ");
    terminal.type("stty size; tty\n");
    await shows(terminal, "24 80\r\n/dev/pts/");
    terminal.resize(132, 50);
    await host.eventually(async () => {
      terminal.type("stty size\n");
      await Bun.sleep(100);
      expect(terminal.output).toContain("50 132\r\n");
    });
    terminal.type("exit 7\n");
    expect(await terminal.exited).toBe(7);
    expect(terminal.output).toEndWith("command terminated with exit code 7\r\n");
  });

  test("passes Ctrl-C to the command, not to kubectl", async () => {
    await using terminal = startTerminal(path, "exec", "-it", "one", "--", "sh");
    await shows(terminal, "# ");
    terminal.type("echo be''gun; sleep 1000; echo st''opped\n");
    await shows(terminal, "begun\r\n");
    terminal.type("\x03");
    terminal.type("echo code $?; exit 0\n");
    await shows(terminal, "code 130\r\n");
    expect(await terminal.exited).toBe(0);
    expect(terminal.output).not.toContain("stopped\r\n");
  });
});

describe.each(KUBECTLS)("cp of $version", ({ path, version }) => {
  const cp = (from: string, to: string) => host.kubectlAt(path).run("cp", from, to);

  test("copies a file there and back", async () => {
    const [sent, received] = [
      join(host.directory, `sent-${version}`),
      join(host.directory, `got-${version}`),
    ];
    await Bun.write(sent, TEN_MEGABYTES);
    await cp(sent, "one:/tmp/file");
    await cp("one:/tmp/file", received);
    expect((await Bun.file(received).text()) === TEN_MEGABYTES).toBe(true);
  });

  test("copies a directory there and back", async () => {
    const [sent, received] = [
      join(host.directory, `tree-${version}`),
      join(host.directory, `back-${version}`),
    ];
    await mkdir(join(sent, "deep/er"), { recursive: true });
    for (let number = 0; number < 200; number++)
      await Bun.write(join(sent, `deep/${String(number)}`), "x".repeat(number * 100));
    await cp(sent, `one:/tmp/tree-${version}`);
    await cp(`one:/tmp/tree-${version}`, received);
    await sh("diff", "-r", sent, received);
  });
});

function startTerminal(path: string, ...args: readonly string[]): Terminal {
  const { command, environment } = host.kubectlAt(path).commandOf(...args);
  return new Terminal(command, environment);
}

async function shows(terminal: Terminal, text: string): Promise<void> {
  await host.eventually(async () => expect(terminal.output).toContain(text), 10_000);
}

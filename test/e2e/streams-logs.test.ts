import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { KubelithHost } from "./kubelith-host.ts";
import { FOREVER, scriptContainer, scriptPod } from "./script-pod.ts";

/** About two megabytes. */
const LONG = "seq 1 300000";
const LONG_TEXT = Array.from({ length: 300_000 }, (_, index) => `${String(index + 1)}\n`).join("");

let host: KubelithHost;
beforeAll(async () => {
  host = await KubelithHost.start({ name: "strlogs" });
  await host.apply([
    scriptPod("talker", `echo to out; sleep 0.1; echo to err >&2; ${FOREVER}`, { labels: { app: "both" } }),
    scriptPod("pair", "", {
      labels: { app: "both" },
      annotations: { "kubectl.kubernetes.io/default-container": "second" },
      spec: {
        containers: [
          scriptContainer("first", `echo I am first; ${FOREVER}`),
          scriptContainer("second", `echo I am second; ${FOREVER}`),
        ],
      },
    }),
    scriptPod("ended", LONG, { spec: { restartPolicy: "Never" } }),
    scriptPod("slow", `echo old; sleep 3; echo new; ${FOREVER}`),
    scriptPod("crash", "echo one life; exit 3"),
    scriptPod("unpulled", "", { container: { image: "kubelith.test/absent:1" } }),
    scriptPod("initial", FOREVER, { spec: { initContainers: [scriptContainer("before", FOREVER)] } }),
    scriptPod("nowhere", FOREVER, { spec: { nodeSelector: { "kubernetes.io/hostname": "elsewhere" } } }),
  ]);
  await host.kubectl.run("wait", "--for=condition=Ready", "pod/talker", "pod/pair", "pod/slow");
  await host.kubectl.run("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/ended");
});
afterAll(() => host?.[Symbol.asyncDispose]());

const logs = (...args: readonly string[]) => host.kubectl.try("", "logs", ...args);

describe("kubectl logs", () => {
  const cases: { args: string[]; want: string }[] = [
    { args: ["talker"], want: "to out\nto err\n" },
    { args: ["talker", "--tail=1"], want: "to err\n" },
    { args: ["talker", "--tail=0"], want: "" },
    { args: ["talker", "--since=1h"], want: "to out\nto err\n" },
    { args: ["talker", "--since-time=2020-01-01T00:00:00Z"], want: "to out\nto err\n" },
    { args: ["talker", "--since-time=2099-01-01T00:00:00Z"], want: "" },
    { args: ["talker", "--limit-bytes=9"], want: "to out\nto" },
    { args: ["pair"], want: "I am second\n" },
    { args: ["pair", "-c", "first"], want: "I am first\n" },
    { args: ["ended"], want: LONG_TEXT },
    { args: ["ended", "--follow"], want: LONG_TEXT },
    { args: ["ended", "--tail=2"], want: "299999\n300000\n" },
    { args: ["nowhere"], want: "" },
  ];
  test.each(cases)("$args", async ({ args, want }) => {
    const { code, stdout, stderr } = await logs(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout === want ? want : stdout.slice(-2000)).toBe(want);
  });

  // kubectl asks for the containers in no particular order.
  const gathered: { args: string[]; want: string[] }[] = [
    { args: ["pair", "--all-containers"], want: ["I am first", "I am second"] },
    {
      args: ["--selector=app=both", "--all-containers", "--prefix"],
      want: [
        "[pod/pair/first] I am first",
        "[pod/pair/second] I am second",
        "[pod/talker/main] to err",
        "[pod/talker/main] to out",
      ],
    },
  ];
  test.each(gathered)("$args", async ({ args, want }) => {
    const { code, stdout, stderr } = await logs(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n").toSorted()).toEqual(want);
  });

  const failures: { args: string[]; want: string }[] = [
    {
      args: ["talker", "--previous"],
      want: 'Error from server (BadRequest): previous terminated container "main" in pod "talker" not found\n',
    },
    { args: ["talker", "-c", "other"], want: "error: container other is not valid for pod talker\n" },
    {
      args: ["initial", "-c", "main"],
      want: 'Error from server (BadRequest): container "main" in pod "initial" is waiting to start: PodInitializing\n',
    },
    {
      args: ["unpulled"],
      want: 'Error from server (BadRequest): container "main" in pod "unpulled" is waiting to start: trying and failing to pull image\n',
    },
    {
      args: ["absent"],
      want: 'error: error from server (NotFound): pods "absent" not found in namespace "default"\n',
    },
  ];
  test.each(failures)("$args is refused", async ({ args, want }) => {
    await host.eventually(async () => {
      expect(await logs(...args)).toEqual({ code: 1, stdout: "", stderr: want });
    }, 15_000);
  });

  test("--timestamps are those from which --since-time counts", async () => {
    const lines = await host.eventually(async () => {
      const { stdout } = await logs("slow", "--timestamps");
      expect(stdout).toMatch(/^\S+Z old\n\S+Z new\n$/);
      return stdout.trimEnd().split("\n");
    });
    const [time = ""] = lines[1]?.split(" ") ?? [];
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    expect((await logs("slow", `--since-time=${time}`)).stdout).toBe("new\n");
  });

  test("--since forgets what is older", async () => {
    await host.eventually(async () => expect((await logs("talker", "--since=1s")).stdout).toBe(""));
  });

  test("--previous shows the life before", async () => {
    await host.eventually(async () => {
      const restarts = await host.jsonpath("pod", "crash", "{.status.containerStatuses[0].restartCount}");
      expect(Number(restarts)).toBeGreaterThan(0);
    });
    expect(await logs("crash", "--previous")).toEqual({ code: 0, stdout: "one life\n", stderr: "" });
  });

  test("--follow goes on until the container ends, with nothing lost", async () => {
    await host.apply([scriptPod("counter", `sleep 1; ${LONG}`, { spec: { restartPolicy: "Never" } })]);
    await host.kubectl.run("wait", "--for=condition=Ready", "pod/counter");
    const { code, stdout, stderr } = await logs("--follow", "counter");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout === LONG_TEXT ? LONG_TEXT : stdout.slice(-200)).toBe(LONG_TEXT);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { basename } from "node:path";
import { installedKubectls } from "../integration/front/kubectl.ts";
import { BUSYBOX, KubelithHost } from "./kubelith-host.ts";
import { scriptPod } from "./script-pod.ts";

const KUBECTLS = installedKubectls().map((path) => ({ path, version: basename(path) }));

const MEGABYTES = crypto
  .getRandomValues(Buffer.alloc(64 * 1024))
  .toString("hex")
  .repeat(40);

/** Serves pages on 80, sends back on 9000 what it gets, and on 9001 counts what it gets once the client has ended. */
const SERVERS = [
  "mkdir -p /www/sub && echo hello >/www/index.html && echo below >/www/sub/page",
  "echo '<a href=/sub/page>' >/www/links.html",
  "(nc -ll -p 9000 -e cat) &",
  "(nc -ll -p 9001 -e wc -c) &",
  "exec httpd -f -p 80 -h /www",
].join("\n");

let host: KubelithHost;
beforeAll(async () => {
  host = await KubelithHost.start({ name: "strforw" });
  const ports = [80, 9000, 9001].map((containerPort) => ({ containerPort }));
  await host.apply([
    scriptPod("web", SERVERS, { labels: { app: "web" }, container: { ports } }),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: { selector: { app: "web" }, ports: [{ name: "http", port: 8000, targetPort: 80 }] },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "nobody" },
      spec: { selector: { app: "nobody" }, ports: [{ port: 80 }] },
    },
  ]);
  await host.kubectl.run("create", "deployment", "dep", `--image=${BUSYBOX}`, "--", "sh", "-c", SERVERS);
  await host.kubectl.run("wait", "--for=condition=Ready", "pod/web");
  await host.kubectl.run("rollout", "status", "deployment/dep");
  await host.eventually(async () => {
    expect(await host.jsonpath("endpoints", "web", "{.subsets[*].addresses[*].ip}")).not.toBe("");
  });
});
afterAll(() => host?.[Symbol.asyncDispose]());

let running: ReturnType<KubelithHost["kubectl"]["start"]>[] = [];
afterEach(async () => {
  for (const each of running) each.kill("SIGKILL");
  await Promise.all(running.map(({ exited }) => exited));
  running = [];
});

/** A kubectl that serves; resolves when it says that it does, with what it goes on to say. */
async function serve(path: string, sign: string, ...args: readonly string[]) {
  const kubectl = host.kubectlAt(path).start(args);
  running.push(kubectl);
  const said = { stdout: "", stderr: "" };
  void collect(kubectl.stdout, (text) => (said.stdout += text));
  void collect(kubectl.stderr, (text) => (said.stderr += text));
  await host.eventually(async () => expect(said.stdout + said.stderr).toContain(sign), 20_000);
  return { kubectl, said };
}

async function collect(stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> {
  for await (const chunk of stream) add(Buffer.from(chunk).toString());
}

const page = (url: string) => host.run("busybox", "wget", "-q", "-O", "-", url);

/** Sends everything and half-closes, then reads to the end. */
async function talk(port: number, input: string): Promise<string> {
  const client = Bun.spawn(host.inside("busybox", "nc", "127.0.0.1", String(port)), {
    stdin: Buffer.from(input),
    stdout: "pipe",
  });
  return await client.stdout.text();
}

describe.each(KUBECTLS)("port-forward of $version", ({ path }) => {
  test("reaches pods, services and deployments", async () => {
    const targets = { "pod/web": "18001:80", "service/web": "18002:8000", "deployment/dep": "18003:80" };
    for (const [target, ports] of Object.entries(targets))
      await serve(path, "Forwarding from 127.0.0.1", "port-forward", target, ports);
    const urls = [18001, 18002, 18003].map((port) => `http://127.0.0.1:${String(port)}/`);
    expect(await Promise.all(urls.map(page))).toEqual(["hello", "hello", "hello"]);
  });

  test("carries many connections at once, each to its own end", async () => {
    await serve(path, "[::1]:18005", "port-forward", "pod/web", "18004:9000", "18005:9001");
    const inputs = Array.from({ length: 6 }, (_, index) => `${String(index)}${MEGABYTES}`);
    const echoes = await Promise.all(inputs.map((input) => talk(18004, input)));
    expect(echoes.map((echo, index) => echo === inputs[index])).toEqual(inputs.map(() => true));
    expect(await talk(18005, MEGABYTES)).toBe(`${String(MEGABYTES.length)}\n`);
    expect(await talk(18005, "")).toBe("0\n");
  });

  test("says when nobody listens", async () => {
    const { said } = await serve(path, "Forwarding from [::1]", "port-forward", "pod/web", "18006:4444");
    await talk(18006, "x");
    await host.eventually(async () => {
      expect(said.stderr).toMatch(
        /an error occurred forwarding 18006 -> 4444: error forwarding port 4444 to pod \w+, uid : .*failed to connect to localhost:4444 inside namespace .*IPv4: dial tcp4 127\.0\.0\.1:4444: connect: connection refused/,
      );
    });
  });

  test("proxy passes pages of pods and services on", async () => {
    await serve(path, "Starting to serve", "proxy", "--port=18007");
    const base = "http://127.0.0.1:18007/api/v1/namespaces/default";
    expect(await page(`${base}/services/web:http/proxy/`)).toBe("hello");
    expect(await page(`${base}/pods/web/proxy/sub/page`)).toBe("below");
    expect(await page(`${base}/pods/web/proxy`)).toBe("hello");
    const links = '<a href="/api/v1/namespaces/default/services/web:http/proxy/sub/page">';
    expect(await page(`${base}/services/web:http/proxy/links.html`)).toBe(links);
    expect(await page("http://127.0.0.1:18007/healthz")).toBe("ok");
  });
});

describe("get --raw", () => {
  const raw = (path: string) => host.kubectl.try("", "get", "--raw", path);

  test.each([
    ["/api/v1/nodes/strforw/proxy/healthz", /^ok$/],
    ["/api/v1/nodes/strforw/proxy/stats/summary", /"nodeName":\s*"strforw"/],
    ["/api/v1/nodes/strforw/proxy/metrics", /^# HELP kubelet_/m],
    ["/api/v1/nodes/strforw/proxy/metrics/resource", /^node_memory_working_set_bytes \d/m],
    ["/api/v1/nodes/strforw:10250/proxy/pods", /"kind":"PodList"/],
    ["/api/v1/nodes/https:strforw:10250/proxy/containerLogs/default/web/main?tailLines=1", /^$/],
    ["/api/v1/namespaces/default/services/http:web:8000/proxy/", /^hello\n$/],
    ["/api/v1/namespaces/default/services/web:http/proxy/sub/page?a=b", /^below\n$/],
    ["/api/v1/namespaces/default/pods/web/proxy/", /^hello\n$/],
    ["/api/v1/namespaces/default/pods/http:web:80/proxy/sub/page", /^below\n$/],
  ])("%s", async (path, want) => {
    const { code, stdout, stderr } = await raw(path);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(want);
  });

  test.each([
    ["services/web:81/proxy/", '(ServiceUnavailable): no service port 81 found for service "web"'],
    ["services/nobody:80/proxy/", '(ServiceUnavailable): no endpoints available for service "nobody"'],
    ["services/absent/proxy/", '(NotFound): endpoints "absent" not found'],
    ["pods/absent/proxy/", '(NotFound): pods "absent" not found'],
    [
      "pods/web:81/proxy/",
      /\(ServiceUnavailable\): error trying to reach service: dial tcp \S+:81: connect: connection refused/,
    ],
  ])("%s is refused", async (path, want) => {
    const { code, stderr } = await raw(`/api/v1/namespaces/default/${path}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(want);
  });
});

test.each(["pods", "nodes"])("top %s says that there are no metrics", async (what) => {
  expect(await host.kubectl.try("", "top", what)).toEqual({
    code: 1,
    stdout: "",
    stderr: "error: Metrics API not available\n",
  });
});

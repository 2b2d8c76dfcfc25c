import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { KubelithHost } from "./kubelith-host.ts";
import { aDeployment, aService } from "./manifests.ts";

let host: KubelithHost;
let pid: number;

beforeAll(async () => {
  host = await KubelithHost.start({ name: "faults", diskMB: 32 });
  pid = host.pid;
  await host.apply([aDeployment("web", { replicas: 2 }), aService("web")]);
  await host.kubectl.run("rollout", "status", "deployment/web", "--timeout=60s");
});
afterAll(() => host?.[Symbol.asyncDispose]());

async function ask(): Promise<string> {
  const address = await host.jsonpath("service", "web", "{.spec.clusterIP}");
  return await host.run("curl", "-sS", "--fail", "--max-time", "2", `http://${address}/`);
}

describe("a full disk under the data directory", () => {
  const LETTERS = "x".repeat(100_000);
  const ballast = (): string => join(host.dataDirectory, "ballast");
  const create = async (name: string) =>
    await host.kubectl.try("", "create", "configmap", name, `--from-literal=letters=${LETTERS}`);

  test("refuses writes with a Status, serves reads, and takes writes again when there is room", async () => {
    expect((await create("before")).code).toBe(0);
    await Bun.spawn(["dd", "if=/dev/zero", `of=${ballast()}`, "bs=64k"], { stderr: "ignore" }).exited;
    await using stack = new AsyncDisposableStack();
    stack.defer(() => rm(ballast(), { force: true }));
    const accepted: string[] = [];
    const refusal = await host.eventually(async () => {
      const name = `full-${String(accepted.length)}`;
      const { code, stderr } = await create(name);
      if (code !== 0) return stderr;
      accepted.push(name);
      throw new Error("The disk is not full yet");
    });
    expect(refusal).toStartWith("error: failed to create configmap: Internal error occurred: ");
    expect(refusal).toContain("disk is full");
    expect(await host.kubectl.run("get", "configmaps", "-o", "name")).toContain("configmap/before\n");
    expect(await ask()).toStartWith("web-");
    expect(await host.log()).toMatch(/level=(warn|error) .*disk is full/);

    await rm(ballast());
    await host.eventually(async () => expect((await create("after")).code).toBe(0));
    const names = (await host.kubectl.run("get", "configmaps", "-o", "name")).split("\n");
    for (const name of ["before", ...accepted, "after"]) expect(names).toContain(`configmap/${name}`);
    expect(host.pid).toBe(pid);
  });
});

describe("a stopped Docker Engine", () => {
  test("makes the node not ready, and everything comes back with it", async () => {
    const condition = async (path: string): Promise<string> =>
      await host.jsonpath("node", host.name, `{.status.conditions[?(@.type=="Ready")].${path}}`);
    await host.docker.stopEngine();
    await host.eventually(async () => expect(await condition("status")).toBe("False"), 90_000);
    expect(await condition("reason")).toBe("KubeletNotReady");
    expect(await condition("message")).toContain("container runtime is down");
    expect(await host.log()).toMatch(/level=(warn|error) .*[Cc]ontainer runtime/);
    await host.kubectl.run("create", "configmap", "meanwhile");

    await host.docker.startEngine();
    await host.eventually(async () => expect(await condition("status")).toBe("True"));
    await host.eventually(async () => expect(await ask()).toStartWith("web-"));
    await host.kubectl.run("rollout", "status", "deployment/web", "--timeout=60s");
    await host.eventually(async () =>
      expect(await host.jsonpath("deployment", "web", "{.status.readyReplicas}")).toBe("2"),
    );
    expect(host.pid).toBe(pid);
  });
});

describe("what nobody can apply", () => {
  const deployment = (spec: object): string => JSON.stringify(aDeployment("bad", { deployment: spec }));
  const inputs: { name: string; text: string; says: string | RegExp }[] = [
    { name: "malformed YAML", text: "kind: [Pod", says: /^error: error parsing STDIN: .*yaml: / },
    { name: "no object", text: "just text", says: /^error: / },
    {
      name: "no kind",
      text: "apiVersion: v1\nmetadata: {name: x}",
      says: /kind not set|Object 'Kind' is missing/,
    },
    {
      name: "a kind that does not exist",
      text: "apiVersion: v1\nkind: Nothing\nmetadata: {name: x}",
      says: 'no matches for kind "Nothing" in version "v1"',
    },
    {
      name: "a wrong type",
      text: deployment({ replicas: "three" }),
      says: 'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    },
    {
      name: "an unknown field",
      text: deployment({ replica: 3 }),
      says: 'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica"',
    },
    {
      name: "a selector that misses its pods",
      text: deployment({ selector: { matchLabels: { app: "other" } } }),
      says: 'The Deployment "bad" is invalid: spec.template.metadata.labels: Invalid value: {"app":"bad"}: `selector` does not match template `labels`',
    },
    {
      name: "a name that breaks the rules",
      text: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Bad_Name}",
      says: 'The ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of',
    },
    {
      name: "a label that breaks the rules",
      text: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, labels: {a: b c}}",
      says: 'The ConfigMap "x" is invalid: metadata.labels: Invalid value: "b c": a valid label must be',
    },
    {
      name: "a namespace that does not exist",
      text: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: nowhere}",
      says: 'Error from server (NotFound): error when creating "STDIN": namespaces "nowhere" not found',
    },
    {
      name: "an old resourceVersion",
      text: 'apiVersion: v1\nkind: Service\nmetadata: {name: web, resourceVersion: "1", labels: {a: b}}',
      says: "the object has been modified; please apply your changes to the latest version and try again",
    },
  ];

  test.each(inputs)("$name", async ({ text, says }) => {
    const { code, stderr } = await host.kubectl.try(text, "apply", "-f", "-");
    expect(code).toBe(1);
    if (typeof says === "string") expect(stderr).toContain(says);
    else expect(stderr).toMatch(says);
  });

  const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
  const bodies: { name: string; body: string; says: RegExp }[] = [
    {
      name: "malformed JSON",
      body: '{"kind": "ConfigMap", ',
      says: /^Error from server \(BadRequest\): .*unexpected (end of JSON input|EOF)/,
    },
    {
      name: "a ConfigMap of more than a mebibyte",
      body: JSON.stringify({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "big" },
        data: { a: "x".repeat(2 ** 20 + 1) },
      }),
      says: /^The ConfigMap "big" is invalid: \[\]: Too long: may not be more than 1048576 bytes/,
    },
    {
      name: "a request of more than three mebibytes",
      body: JSON.stringify({ data: "x".repeat(3 * 2 ** 20) }),
      says: /^Error from server \(RequestEntityTooLarge\): .*limit is 3145728/,
    },
  ];

  test.each(bodies)("$name is answered with a Status", async ({ body, says }) => {
    const file = join(host.directory, "body.json");
    await Bun.write(file, body);
    const { code, stderr } = await host.kubectl.try("", "create", "--raw", CONFIG_MAPS, "-f", file);
    expect(code).toBe(1);
    expect(stderr).toMatch(says);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { KubelithHost } from "./kubelith-host.ts";
import { aDeployment, aPod, aService, sleeper } from "./manifests.ts";
import { loadFromHost, loadFromPod, type RequestLoad } from "./request-load.ts";

/** How long a server may take to stop with nothing to wait for, on a machine that is busy. */
const STOP_MS = 5000;

let host: KubelithHost;
let url: string;
let loads: readonly RequestLoad[];

beforeAll(async () => {
  host = await KubelithHost.start({ name: "adoption" });
  await host.apply([aDeployment("web", { replicas: 3 }), aService("web")]);
  await host.kubectl.run("rollout", "status", "deployment/web", "--timeout=60s");
  url = `http://${await host.jsonpath("service", "web", "{.spec.clusterIP}")}/`;
});
afterAll(() => host?.[Symbol.asyncDispose]());

/** What the Docker Engine runs, as lines of name, id and start. */
async function containers(): Promise<readonly string[]> {
  const ids = (await host.docker.docker("ps", "-q")).split("\n");
  const format = "{{.Name}} {{.Id}} {{.State.StartedAt}}";
  return (await host.docker.docker("inspect", "--format", format, ...ids)).split("\n").toSorted();
}

/** What the API says about the pods of the Deployment and their containers. */
async function pods(): Promise<string> {
  const status = "{.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount}";
  const ready =
    '{.status.conditions[?(@.type=="Ready")].status} {.status.conditions[?(@.type=="Ready")].lastTransitionTime}';
  const path = `{range .items[*]}{.metadata.name} {.status.podIP} ${status} ${ready}{"\\n"}{end}`;
  return await host.kubectl.run("get", "pods", "-l", "app=web", "-o", `jsonpath=${path}`);
}

/** Waits until the load had so many more answers. */
async function goesOn(load: RequestLoad | undefined, answers: number): Promise<void> {
  const before = (await load?.answered()) ?? 0;
  await host.eventually(async () => expect(await load?.answered()).toBeGreaterThan(before + answers));
}

/** A pod that runs until its container is killed from outside. */
async function run(name: string, spec: object): Promise<void> {
  await host.apply([aPod(name, { container: sleeper, spec })]);
  await host.kubectl.run("wait", "--for=condition=Ready", `pod/${name}`, "--timeout=60s");
}

async function containerOf(pod: string): Promise<string> {
  const id = await host.jsonpath("pod", pod, "{.status.containerStatuses[0].containerID}");
  return id.replace("docker://", "");
}

describe.each(["SIGKILL", "SIGTERM"] as const)("a server that ends by %s and comes back", (signal) => {
  beforeEach(async () => {
    loads = [loadFromHost(host, url), await loadFromPod(host, `load-${signal.toLowerCase()}`, url)];
  });

  test("leaves every pod serving and adopts it as it is", async () => {
    await Promise.all(loads.map((load) => goesOn(load, 10)));
    const before = { containers: await containers(), pods: await pods() };
    const stopping = Date.now();
    expect(await host.stopServer(signal)).toBe(signal === "SIGTERM" ? 0 : null);
    expect(Date.now() - stopping).toBeLessThan(STOP_MS);
    await goesOn(loads[0], 100);
    await host.startServer();
    await Promise.all(loads.map((load) => goesOn(load, 100)));
    // The kubelet has looked at the others when it has started a new one.
    await run(`new-${signal.toLowerCase()}`, {});
    await host.kubectl.run("delete", "pod", `new-${signal.toLowerCase()}`);
    expect({ containers: await containers(), pods: await pods() }).toEqual(before);
    for (const { requests, failures } of await Promise.all(loads.map((load) => load.stop()))) {
      expect(failures).toEqual([]);
      expect(requests).toBeGreaterThan(100);
    }
  });
});

test("what happens while the server is gone is caught up with", async () => {
  await run("restarts", { restartPolicy: "Always" });
  await run("ends", { restartPolicy: "Never" });
  await run("doomed", { terminationGracePeriodSeconds: 4 });
  const killed = [await containerOf("restarts"), await containerOf("ends")];
  const doomed = await containerOf("doomed");
  await host.kubectl.run("scale", "deployment/web", "--replicas=4");
  await host.kubectl.run("delete", "pod", "doomed", "--wait=false");
  await host.stopServer("SIGKILL");
  await host.docker.docker("kill", ...killed);
  await host.startServer();

  await host.eventually(async () => {
    const status =
      "{.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].lastState.terminated.exitCode}";
    expect(await host.jsonpath("pod", "restarts", status)).toBe("1 137");
  });
  await host.eventually(async () => {
    const status = "{.status.phase} {.status.containerStatuses[0].state.terminated.exitCode}";
    expect(await host.jsonpath("pod", "ends", status)).toBe("Failed 137");
  });
  await host.eventually(async () => {
    expect(await host.kubectl.run("get", "pod", "doomed", "--ignore-not-found")).toBe("");
    expect(await host.docker.docker("ps", "-q", "--no-trunc")).not.toContain(doomed);
  });
  await host.eventually(async () =>
    expect(await host.jsonpath("deployment", "web", "{.status.availableReplicas}")).toBe("4"),
  );
});

test("a host that was switched off runs everything again", async () => {
  await host.stopServer("SIGKILL");
  const running = (await host.docker.docker("ps", "-q")).split("\n");
  await host.docker.docker("kill", ...running);
  await host.docker.stopEngine();
  await host.docker.startEngine();
  expect(await host.docker.docker("ps", "-q")).toBe("");
  await host.startServer();
  await host.eventually(async () => {
    const status = "{.items[*].status.containerStatuses[0].restartCount}";
    const pods = await host.kubectl.run("get", "pods", "-l", "app=web", "-o", `jsonpath=${status}`);
    expect(pods).toMatch(/^1( 1)*$/);
  });
  await host.kubectl.run("rollout", "status", "deployment/web", "--timeout=60s");
  await host.eventually(async () =>
    expect(await host.run("curl", "-sS", "--fail", "--max-time", "2", url)).toStartWith("web-"),
  );
});

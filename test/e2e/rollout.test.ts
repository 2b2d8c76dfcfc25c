import { afterAll, beforeAll, expect, test } from "bun:test";
import { KubelithHost } from "./kubelith-host.ts";
import { aDeployment, aService, webServer } from "./manifests.ts";
import { loadFromHost, loadFromPod, type RequestLoad } from "./request-load.ts";

let host: KubelithHost;
let loads: readonly RequestLoad[];

/** Written as its author should: nothing is stopped before the last request that was sent to it is answered. */
const web = aDeployment("web", {
  replicas: 3,
  container: {
    ...webServer,
    env: [{ name: "VERSION", value: "1" }],
    lifecycle: { preStop: { sleep: { seconds: 2 } } },
  },
  spec: { terminationGracePeriodSeconds: 3 },
  deployment: {
    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
  },
});

beforeAll(async () => {
  host = await KubelithHost.start({ name: "rollout" });
  await host.apply([web, aService("web")]);
  await rolledOut();
  const url = `http://${await host.jsonpath("service", "web", "{.spec.clusterIP}")}/`;
  loads = [loadFromHost(host, url), await loadFromPod(host, "load", url)];
});
afterAll(() => host?.[Symbol.asyncDispose]());

async function rollout(...args: readonly string[]): Promise<string> {
  return await host.kubectl.run("rollout", ...args);
}

async function rolledOut(): Promise<string> {
  return await rollout("status", "deployment/web", "--timeout=60s");
}

async function setVersion(version: string): Promise<void> {
  await host.kubectl.run("set", "env", "deployment/web", `VERSION=${version}`);
  await host.kubectl.run(
    "annotate",
    "--overwrite",
    "deployment/web",
    `kubernetes.io/change-cause=version ${version}`,
  );
}

/** The versions of all pods, the leaving ones too. */
async function versions(): Promise<string> {
  const path = "jsonpath={.items[*].spec.containers[0].env[0].value}";
  const found = await host.kubectl.run("get", "pods", "-l", "app=web", "-o", path);
  return [...new Set(found.split(" "))].join(" ");
}

test("a rolling update is followed to its end", async () => {
  await setVersion("2");
  expect(await rolledOut()).toEndWith('deployment "web" successfully rolled out\n');
  await host.eventually(async () => expect(await versions()).toBe("2"));
});

test("the history has every revision with its cause", async () => {
  await setVersion("3");
  await rolledOut();
  expect(await rollout("history", "deployment/web")).toMatch(
    /^deployment\.apps\/web \nREVISION +CHANGE-CAUSE\n1 +<none>\n2 +version 2\n3 +version 3\n\n$/,
  );
  expect(await rollout("history", "deployment/web", "--revision=2")).toMatch(/VERSION:\t2$/m);
});

test("undo goes back to the revision before, or to a given one", async () => {
  expect(await rollout("undo", "deployment/web")).toBe("deployment.apps/web rolled back\n");
  await rolledOut();
  await host.eventually(async () => expect(await versions()).toBe("2"));
  await rollout("undo", "deployment/web", "--to-revision=1");
  await rolledOut();
  await host.eventually(async () => expect(await versions()).toBe("1"));
  expect(await rollout("history", "deployment/web")).toMatch(/\n3 +version 3\n4 +version 2\n5 +<none>\n\n$/);
});

test("a paused Deployment changes nothing until it is resumed", async () => {
  await rollout("pause", "deployment/web");
  await setVersion("4");
  await host.eventually(async () =>
    expect(
      await host.jsonpath("deployment", "web", "{.metadata.generation}=={.status.observedGeneration}"),
    ).toMatch(/^(\d+)==\1$/),
  );
  expect(await versions()).toBe("1");
  expect(await host.jsonpath("deployment", "web", "{.status.updatedReplicas}")).toBe("");
  await rollout("resume", "deployment/web");
  await rolledOut();
  await host.eventually(async () => expect(await versions()).toBe("4"));
});

test("restart replaces every pod by one that is the same", async () => {
  const uids = async (): Promise<readonly string[]> => {
    const path = "jsonpath={.items[*].metadata.uid}";
    return (await host.kubectl.run("get", "pods", "-l", "app=web", "-o", path)).split(" ");
  };
  await host.eventually(async () => expect(await uids()).toHaveLength(3));
  const before = await uids();
  expect(await rollout("restart", "deployment/web")).toBe("deployment.apps/web restarted\n");
  await rolledOut();
  await host.eventually(async () => expect((await uids()).filter((uid) => before.includes(uid))).toEqual([]));
  expect(await versions()).toBe("4");
});

test("a rollout that fails leaves the old pods serving", async () => {
  await host.kubectl.run("patch", "deployment/web", "-p", '{"spec":{"progressDeadlineSeconds":10}}');
  await host.kubectl.run("set", "image", "deployment/web", "main=kubelith.test/nothing:1");
  const { code, stderr } = await host.kubectl.try("", "rollout", "status", "deployment/web", "--timeout=60s");
  expect(code).toBe(1);
  expect(stderr).toContain('error: deployment "web" exceeded its progress deadline');
  expect(await host.jsonpath("deployment", "web", "{.status.availableReplicas}")).toBe("3");
  expect(await host.kubectl.run("get", "pods", "-l", "app=web")).toMatch(
    /0\/1 +(ErrImagePull|ImagePullBackOff) /,
  );
  await rollout("undo", "deployment/web");
  await rolledOut();
});

test("no request failed in all this", async () => {
  const results = await Promise.all(loads.map((load) => load.stop()));
  for (const { requests, failures } of results) {
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(100);
  }
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { KubelithHost } from "./kubelith-host.ts";
import { aDeployment, aPod, aService, sleeper, webServer } from "./manifests.ts";

let host: KubelithHost;

beforeAll(async () => {
  host = await KubelithHost.start({ name: "work" });
  // Its second crash, and with it the back-off, takes the longest of all.
  await host.apply([
    aPod("crashing", { container: { command: ["sh", "-c", "echo about to crash; exit 3"] } }),
  ]);
});
afterAll(() => host?.[Symbol.asyncDispose]());

async function isReady(...names: readonly string[]): Promise<void> {
  const pods = names.map((name) => `pod/${name}`);
  await host.kubectl.run("wait", "--for=condition=Ready", ...pods, "--timeout=60s");
}

async function inPod(pod: string, ...command: readonly string[]): Promise<string> {
  return await host.kubectl.run("exec", pod, "--", ...command);
}

/** Reasons of the events of a pod, without repetitions. */
async function eventReasons(pod: string): Promise<readonly string[]> {
  const selector = `--field-selector=involvedObject.name=${pod}`;
  const reasons = await host.kubectl.run("get", "events", selector, "-o", "jsonpath={.items[*].reason}");
  return [...new Set(reasons.split(" "))];
}

describe("a Deployment", () => {
  const podNames = async (): Promise<readonly string[]> => {
    const list = await host.kubectl.run(
      "get",
      "pods",
      "-l",
      "app=web",
      "-o",
      "jsonpath={.items[*].metadata.name}",
    );
    return list.split(" ").filter((name) => name !== "");
  };
  const replicas = async (): Promise<string> =>
    await host.jsonpath(
      "deployment",
      "web",
      "{.status.replicas}/{.status.readyReplicas}/{.status.availableReplicas}",
    );

  beforeAll(async () => {
    await host.apply([aDeployment("web", { replicas: 3 })]);
    await host.kubectl.run("rollout", "status", "deployment/web", "--timeout=60s");
  });

  test("has as many pods as it wants", async () => {
    expect(await replicas()).toBe("3/3/3");
    const table = await host.kubectl.run("get", "deployment", "web");
    expect(table).toMatch(/^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +3\/3 +3 +3 +\d+s\n$/);
  });

  test("replaces a pod that somebody deletes", async () => {
    const before = await podNames();
    const [victim = ""] = before;
    await host.kubectl.run("delete", "pod", victim);
    await host.eventually(async () => expect(await replicas()).toBe("3/3/3"));
    const after = await podNames();
    expect(after).toHaveLength(3);
    expect(after).not.toContain(victim);
    expect(after.filter((name) => before.includes(name))).toHaveLength(2);
  });

  test("grows and shrinks", async () => {
    await host.kubectl.run("scale", "deployment/web", "--replicas=5");
    await host.eventually(async () => expect(await replicas()).toBe("5/5/5"));
    await host.kubectl.run("scale", "deployment/web", "--replicas=0");
    await host.eventually(async () => expect(await podNames()).toEqual([]));
    expect(await host.jsonpath("deployment", "web", "{.status.replicas}")).toBe("");
  });
});

test("a pod that fits nowhere says why", async () => {
  await host.apply([aPod("greedy", { container: { ...sleeper, resources: { requests: { cpu: "1000" } } } })]);
  await host.eventually(async () => {
    const description = await host.kubectl.run("describe", "pod", "greedy");
    expect(description).toMatch(
      /Warning +FailedScheduling .* 0\/1 nodes are available: 1 Insufficient cpu\. (.*, )?preemption: 0\/1 nodes are available: 1 /,
    );
  });
  expect(await host.kubectl.run("get", "pod", "greedy")).toMatch(/^greedy +0\/1 +Pending +0 +\d+s$/m);
});

describe("what a pod is configured with", () => {
  test("a changed ConfigMap reaches its volume", async () => {
    const config = (greeting: string) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "greeting" },
      data: { greeting },
    });
    const volumeMounts = [{ name: "config", mountPath: "/config" }];
    const spec = { volumes: [{ name: "config", configMap: { name: "greeting" } }] };
    await host.apply([config("hello"), aPod("reader", { container: { ...sleeper, volumeMounts }, spec })]);
    await isReady("reader");
    expect(await inPod("reader", "cat", "/config/greeting")).toBe("hello");
    await host.apply([config("good evening")]);
    // Upstream's kubelet takes up to its sync period of a minute and the age of its cache.
    await host.eventually(
      async () => expect(await inPod("reader", "cat", "/config/greeting")).toBe("good evening"),
      90_000,
    );
    expect(await host.jsonpath("pod", "reader", "{.status.containerStatuses[0].restartCount}")).toBe("0");
  });

  test("a Secret, a ConfigMap and its own fields are in its environment", async () => {
    await host.kubectl.run("create", "secret", "generic", "login", "--from-literal=password=s3cr3t");
    await host.kubectl.run("create", "configmap", "settings", "--from-literal=COLOUR=green");
    const env = [
      { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "login", key: "password" } } },
      { name: "MY_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "SENTENCE", value: "$(PASSWORD) at $(MY_IP), $$(PASSWORD)" },
    ];
    const envFrom = [{ configMapRef: { name: "settings" } }];
    await host.apply([aPod("configured", { container: { ...sleeper, env, envFrom } })]);
    await isReady("configured");
    const address = await host.jsonpath("pod", "configured", "{.status.podIP}");
    const lines = (await inPod("configured", "env")).split("\n");
    expect(lines).toContain("PASSWORD=s3cr3t");
    expect(lines).toContain("COLOUR=green");
    expect(lines).toContain(`SENTENCE=s3cr3t at ${address}, $(PASSWORD)`);
    expect(lines).toContain("KUBERNETES_SERVICE_HOST=10.43.0.1");
  });

  test("a pod waits for a Secret that does not exist yet", async () => {
    const env = [{ name: "KEY", valueFrom: { secretKeyRef: { name: "later", key: "key" } } }];
    await host.apply([aPod("patient", { container: { ...sleeper, env } })]);
    const waiting = "{.status.containerStatuses[0].state.waiting}";
    await host.eventually(async () => {
      const { reason, message } = JSON.parse(await host.jsonpath("pod", "patient", waiting)) as Record<
        string,
        string
      >;
      expect(`${reason}: ${message}`).toBe('CreateContainerConfigError: secret "later" not found');
    });
    await host.kubectl.run("create", "secret", "generic", "later", "--from-literal=key=1");
    await isReady("patient");
  });

  test("init containers run one after the other before the others", async () => {
    const volumeMounts = [{ name: "notes", mountPath: "/notes" }];
    const init = (name: string) => ({
      name,
      image: "kubelith.test/busybox:1",
      command: ["sh", "-c", `echo ${name} >>/notes/order`],
      volumeMounts,
    });
    const spec = {
      initContainers: [init("first"), init("second")],
      volumes: [{ name: "notes", emptyDir: {} }],
    };
    await host.apply([aPod("prepared", { container: { ...sleeper, volumeMounts }, spec })]);
    await isReady("prepared");
    expect(await host.kubectl.run("exec", "prepared", "-c", "main", "--", "cat", "/notes/order")).toBe(
      "first\nsecond\n",
    );
    const reasons = await host.jsonpath(
      "pod",
      "prepared",
      "{.status.initContainerStatuses[*].state.terminated.reason}",
    );
    expect(reasons).toBe("Completed Completed");
  });
});

describe("probes", () => {
  const endpoints = async (): Promise<string> =>
    await host.kubectl.run(
      "get",
      "endpointslices",
      "-l",
      "kubernetes.io/service-name=probed",
      "-o",
      "jsonpath={.items[*].endpoints[*].conditions.ready}",
    );

  beforeAll(async () => {
    const fileProbe = (file: string) => ({
      exec: { command: ["test", "-f", file] },
      periodSeconds: 1,
      failureThreshold: 1,
    });
    const container = {
      command: ["sh", "-c", `touch /tmp/ready /tmp/alive; ${webServer.command.at(-1) ?? ""}`],
      readinessProbe: fileProbe("/tmp/ready"),
      livenessProbe: { ...fileProbe("/tmp/alive"), initialDelaySeconds: 2 },
    };
    await host.apply([aPod("probed", { container }), aService("probed")]);
    await isReady("probed");
  });

  test("a pod that is not ready leaves its Service, and comes back", async () => {
    const address = await host.jsonpath("service", "probed", "{.spec.clusterIP}");
    const ask = async (): Promise<number> =>
      await Bun.spawn(host.inside("curl", "-s", "--fail", "--max-time", "1", `http://${address}/`)).exited;
    await host.eventually(async () => expect(await ask()).toBe(0));
    await inPod("probed", "rm", "/tmp/ready");
    await host.eventually(async () => expect(await endpoints()).toBe("false"));
    await host.eventually(async () => expect(await ask()).not.toBe(0));
    await inPod("probed", "touch", "/tmp/ready");
    await host.eventually(async () => expect(await ask()).toBe(0));
    expect(await host.jsonpath("pod", "probed", "{.status.containerStatuses[0].restartCount}")).toBe("0");
  });

  test("a container that is not alive is restarted", async () => {
    await inPod("probed", "rm", "/tmp/alive");
    await host.eventually(async () =>
      expect(await host.jsonpath("pod", "probed", "{.status.containerStatuses[0].restartCount}")).toBe("1"),
    );
    await isReady("probed");
    expect(await eventReasons("probed")).toEqual(expect.arrayContaining(["Unhealthy", "Killing", "Started"]));
    expect(await host.kubectl.run("describe", "pod", "probed")).toMatch(
      /Normal +Killing .* Container main failed liveness probe, will be restarted/,
    );
  });
});

test("a pod speaks to the API server as its service account", async () => {
  // The programs of this machine, so that one of them can speak TLS.
  const volumes = ["usr", "lib", "lib64"].map((name) => ({ name, hostPath: { path: `/${name}` } }));
  const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}`, readOnly: true }));
  await host.kubectl.run("create", "serviceaccount", "robot");
  await host.apply([
    aPod("caller", {
      container: { ...sleeper, volumeMounts },
      spec: { volumes, serviceAccountName: "robot" },
    }),
  ]);
  await isReady("caller");
  const account = "/var/run/secrets/kubernetes.io/serviceaccount";
  const review = '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}';
  const call = [
    `curl -sS --cacert ${account}/ca.crt -H "Authorization: Bearer $(cat ${account}/token)"`,
    `-H 'Content-Type: application/json' -d '${review}'`,
    "https://kubernetes.default.svc/apis/authentication.k8s.io/v1/selfsubjectreviews",
  ].join(" ");
  const answer = JSON.parse(await inPod("caller", "sh", "-c", `PATH=/usr/bin:$PATH ${call}`)) as {
    status: { userInfo: { username: string; groups: string[]; extra: Record<string, string[]> } };
  };
  const { username, groups, extra } = answer.status.userInfo;
  expect(username).toBe("system:serviceaccount:default:robot");
  expect(groups).toEqual([
    "system:serviceaccounts",
    "system:serviceaccounts:default",
    "system:authenticated",
  ]);
  expect(extra["authentication.kubernetes.io/pod-name"]).toEqual(["caller"]);
  expect(await inPod("caller", "cat", `${account}/namespace`)).toBe("default");
});

test("a pod that crashes again and again is backed off", async () => {
  await host.eventually(async () => {
    const path =
      "{.status.containerStatuses[0].state.waiting.reason} {.status.containerStatuses[0].restartCount}";
    expect(await host.jsonpath("pod", "crashing", path)).toMatch(/^CrashLoopBackOff [2-9]$/);
  });
  expect(await host.kubectl.run("get", "pod", "crashing")).toMatch(
    /^crashing +0\/1 +CrashLoopBackOff +[2-9] \(\d+s ago\) +\d+s$/m,
  );
  const last = "{.status.containerStatuses[0].lastState.terminated}";
  const { exitCode, reason } = JSON.parse(await host.jsonpath("pod", "crashing", last)) as Record<
    string,
    unknown
  >;
  expect({ exitCode, reason }).toEqual({ exitCode: 3, reason: "Error" });
  expect(await host.kubectl.run("logs", "crashing", "--previous")).toBe("about to crash\n");
  expect(await host.kubectl.run("describe", "pod", "crashing")).toMatch(
    /Warning +BackOff .* Back-off restarting failed container main in pod crashing_default\(/,
  );
});

test("no component was denied anything that it needs", async () => {
  expect((await host.log()).split("\n").filter((line) => /forbidden/i.test(line))).toEqual([]);
});

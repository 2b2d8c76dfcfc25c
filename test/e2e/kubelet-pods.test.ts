/** What containers get and tell, on a real engine. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import type { ContainerStatus, Pod } from "#api/generated/core-v1.ts";
import { KubelithHost } from "./kubelith-host.ts";
import { aPod, sleeper, webServer } from "./manifests.ts";

let host: KubelithHost;
beforeAll(async () => {
  host = await KubelithHost.start({ name: "klpods" });
});
afterAll(() => host?.[Symbol.asyncDispose]());

const podOf = (name: string): Promise<Pod> => host.json<Pod>("pod", name);

/** The status of the pod's only container, once it is as `check` wants it. */
function containerOf(name: string, check: (status: ContainerStatus) => void): Promise<ContainerStatus> {
  return host.eventually(async () => {
    const [status] = (await podOf(name)).status?.containerStatuses ?? [];
    if (status === undefined) throw new Error(`${name} has no status`);
    check(status);
    return status;
  });
}

async function runs(name: string): Promise<void> {
  await host.kubectl.run("wait", "--for=condition=Ready", `pod/${name}`, "--timeout=60s");
}

const inPod = (name: string, script: string): Promise<string> =>
  host.kubectl.run("exec", name, "--", "sh", "-c", script);

async function eventsOf(name: string): Promise<string> {
  const path = '{range .items[*]}{.reason}: {.message}{"\\n"}{end}';
  return await host.kubectl.run(
    "get",
    "events",
    `--field-selector=involvedObject.name=${name}`,
    "-o",
    `jsonpath=${path}`,
  );
}

describe("how a container ends", () => {
  interface Case {
    readonly name: string;
    readonly script: string;
    readonly container?: object;
    readonly phase: string;
    readonly terminated: object;
  }
  const cases: readonly Case[] = [
    {
      name: "success",
      script: "exit 0",
      phase: "Succeeded",
      terminated: { exitCode: 0, reason: "Completed" },
    },
    { name: "failure", script: "exit 42", phase: "Failed", terminated: { exitCode: 42, reason: "Error" } },
    {
      name: "message",
      script: "echo bye >/dev/termination-log; exit 1",
      phase: "Failed",
      terminated: { exitCode: 1, reason: "Error", message: "bye\n" },
    },
    {
      name: "last-words",
      script: "echo out; echo err >&2; exit 1",
      container: { terminationMessagePolicy: "FallbackToLogsOnError" },
      phase: "Failed",
      terminated: { exitCode: 1, reason: "Error", message: expect.stringContaining("out\n") },
    },
    {
      name: "out-of-memory",
      script: "head -c 100m /dev/zero | tail",
      container: { resources: { limits: { memory: "32Mi" } } },
      phase: "Failed",
      terminated: { exitCode: 137, reason: "OOMKilled" },
    },
  ];

  beforeAll(async () => {
    await host.apply(
      cases.map(({ name, script, container }) =>
        aPod(name, {
          container: { command: ["sh", "-c", script], ...container },
          spec: { restartPolicy: "Never" },
        }),
      ),
    );
  });

  test.each(cases)("$name", async ({ name, phase, terminated }) => {
    const { state } = await containerOf(name, (status) => expect(status.state?.terminated).toBeDefined());
    expect(state?.terminated).toMatchObject(terminated);
    await host.eventually(async () => expect((await podOf(name)).status?.phase).toBe(phase as never));
  });
});

describe("what a container gets", () => {
  test("the user, the rights and the limits that it states", async () => {
    const container = {
      ...sleeper,
      resources: { requests: { cpu: "100m" }, limits: { cpu: "250m", memory: "64Mi" } },
      securityContext: {
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
        seccompProfile: { type: "RuntimeDefault" },
      },
    };
    const securityContext = {
      runAsNonRoot: true,
      runAsUser: 1234,
      runAsGroup: 3000,
      supplementalGroups: [55],
    };
    await host.apply([aPod("restricted", { container, spec: { securityContext } })]);
    await runs("restricted");
    expect((await inPod("restricted", "id -u; id -g; id -G")).split("\n")).toEqual([
      "1234",
      "3000",
      "3000 55",
      "",
    ]);
    const status = await inPod("restricted", "cat /proc/self/status");
    expect(status).toMatch(/^CapBnd:\t0000000000000400$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
    await expect(inPod("restricted", "touch /file")).rejects.toThrow("Read-only file system");
    const id = (await containerOf("restricted", () => undefined)).containerID?.replace("docker://", "") ?? "";
    const limits = await host.docker.docker(
      "inspect",
      "-f",
      "{{.HostConfig.CpuShares}} {{.HostConfig.CpuQuota}} {{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}",
      id,
    );
    expect(limits).toBe(`102 25000 ${64 * 2 ** 20} ${64 * 2 ** 20}`);
  });

  test("volumes with their modes, owners and contents", async () => {
    const spec = {
      securityContext: { fsGroup: 2000, runAsUser: 1000 },
      volumes: [
        { name: "data", emptyDir: {} },
        { name: "fast", emptyDir: { medium: "Memory", sizeLimit: "8Mi" } },
        {
          name: "pod",
          downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] },
        },
      ],
    };
    const volumeMounts = ["data", "fast", "pod"].map((name) => ({ name, mountPath: `/${name}` }));
    await host.apply([aPod("volumes", { container: { ...sleeper, volumeMounts }, spec })]);
    await runs("volumes");
    expect(await inPod("volumes", "touch /data/x && stat -c '%u %g' /data/x")).toBe("1000 2000\n");
    expect(await inPod("volumes", "grep ' /fast ' /proc/mounts")).toMatch(
      /^tmpfs \/fast tmpfs rw,.*size=8192k/,
    );
    expect(await inPod("volumes", "cat /pod/labels")).toBe('app="volumes"');
    const token = "/var/run/secrets/kubernetes.io/serviceaccount";
    expect(await inPod("volumes", `ls ${token}; stat -Lc %a ${token}/token`)).toBe(
      "ca.crt\nnamespace\ntoken\n640\n",
    );
    await host.kubectl.run("label", "pod", "volumes", "tier=front");
    await host.eventually(async () => {
      expect(await inPod("volumes", "cat /pod/labels")).toBe('app="volumes"\ntier="front"');
    });
  });

  test("hooks before and after its life, and time to end", async () => {
    const path = `${host.directory}/hooks`;
    const container = {
      command: ["sh", "-c", "trap 'echo stopped >>/log/log; exit 0' TERM; while true; do sleep 0.1; done"],
      lifecycle: {
        postStart: { exec: { command: ["sh", "-c", "echo started >>/log/log"] } },
        preStop: { exec: { command: ["sh", "-c", "echo stopping >>/log/log"] } },
      },
      volumeMounts: [{ name: "log", mountPath: "/log" }],
    };
    const volumes = [{ name: "log", hostPath: { path, type: "DirectoryOrCreate" } }];
    await host.apply([aPod("hooks", { container, spec: { volumes } })]);
    await runs("hooks");
    await host.kubectl.run("delete", "pod", "hooks");
    expect(await Bun.file(`${path}/log`).text()).toBe("started\nstopping\nstopped\n");
  });
});

test("a container that somebody kills behind the kubelet's back is restarted", async () => {
  await host.apply([aPod("killed", { container: webServer })]);
  await runs("killed");
  const { containerID = "" } = await containerOf("killed", () => undefined);
  await host.docker.docker("kill", containerID.replace("docker://", ""));
  const { lastState } = await containerOf("killed", (status) => {
    expect(status).toMatchObject({ restartCount: 1, ready: true });
  });
  expect(lastState?.terminated).toMatchObject({ exitCode: 137, reason: "Error", containerID });
});

describe("a container that does not start", () => {
  interface Case {
    readonly name: string;
    readonly container: object;
    readonly reason: string;
    readonly event: string;
  }
  const cases: readonly Case[] = [
    {
      name: "no-image",
      container: { image: "nothing.test/none:1" },
      reason: "ImagePullBackOff",
      event: 'BackOff: Back-off pulling image "nothing.test/none:1"',
    },
    {
      name: "never-pulled",
      container: { image: "none:1", imagePullPolicy: "Never" },
      reason: "ErrImageNeverPull",
      event: 'ErrImageNeverPull: Container image "none:1" is not present with pull policy of Never',
    },
    {
      name: "no-config",
      container: { ...sleeper, envFrom: [{ configMapRef: { name: "none" } }] },
      reason: "CreateContainerConfigError",
      event: 'Failed: Error: configmap "none" not found',
    },
    {
      name: "no-command",
      container: { command: ["/does/not/exist"] },
      reason: "CrashLoopBackOff",
      event: 'exec: "/does/not/exist": stat /does/not/exist: no such file or directory',
    },
  ];

  beforeAll(async () => {
    await host.apply(cases.map(({ name, container }) => aPod(name, { container })));
  });

  test.each(cases)("$name says why", async ({ name, reason, event }) => {
    await containerOf(name, ({ state }) => expect(state?.waiting?.reason).toBe(reason));
    expect(await eventsOf(name)).toContain(event);
  });
});

test("a pod that is deleted by force leaves nothing on the host", async () => {
  const spec = { volumes: [{ name: "fast", emptyDir: { medium: "Memory" } }] };
  const container = { ...sleeper, volumeMounts: [{ name: "fast", mountPath: "/fast" }] };
  await host.apply([aPod("forced", { container, spec })]);
  await runs("forced");
  const { uid } = (await podOf("forced")).metadata;
  await host.kubectl.run("delete", "pod", "forced", "--grace-period=0", "--force");
  await host.eventually(async () => {
    const label = `label=io.kubernetes.pod.uid=${uid}`;
    expect(await host.docker.docker("ps", "-aq", "--filter", label)).toBe("");
    expect(await readdir(`${host.dataDirectory}/agent/kubelet/pods`)).not.toContain(uid);
    expect(await Bun.file("/proc/mounts").text()).not.toContain(uid);
  });
});

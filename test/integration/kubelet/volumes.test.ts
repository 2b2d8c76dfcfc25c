import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, mkdir, readdir, readFile, readlink, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FEATURES } from "#api/features.ts";
import type { HostPathVolumeSource, Volume } from "#api/generated/core-v1.ts";
import { aCertificate, CERTIFICATE } from "#testing/certificates.ts";
import { aNode, type TestNode } from "./test-node.ts";

let node: TestNode;
beforeAll(async () => {
  node = await aNode({ features: new Set(FEATURES) });
  const { client } = node.cluster;
  await client.create("ConfigMap", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings", namespace: "default" },
    data: { colour: "green", size: "7" },
    binaryData: { blob: "AAEC" },
  });
  await client.create("Secret", {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "keys", namespace: "default" },
    stringData: { token: "hush" },
  });
  await writeFile(join(node.directory, "file"), "");
  await mkdir(join(node.directory, "folder"));
});
afterAll(() => node[Symbol.asyncDispose]());

let pods = 0;

/** Creates a pod with one volume, and gives its name. */
async function created(volume: Omit<Volume, "name">, spec: object = {}): Promise<string> {
  const name = `pod-${String((pods += 1))}`;
  await node.createPod(
    name,
    {
      ...spec,
      volumes: [{ name: "vol", ...volume }],
      containers: [{ name: "app", image: "app:1", volumeMounts: [{ name: "vol", mountPath: "/vol" }] }],
    },
    { labels: { tier: "front" } },
  );
  return name;
}

/** Where the volume of a pod is on the host, once it runs. */
async function directoryOf(name: string): Promise<string> {
  const { mounts } = await node.configOf(name);
  return mounts.find(({ containerPath }) => containerPath === "/vol")?.hostPath ?? "";
}

async function mounted(volume: Omit<Volume, "name">, spec: object = {}): Promise<string> {
  return await directoryOf(await created(volume, spec));
}

/** The files that a container sees, as `path mode: content`. */
async function filesOf(directory: string): Promise<readonly string[]> {
  const names = (await readdir(directory, { recursive: true })).filter((name) => !name.startsWith(".."));
  const lines = names.toSorted().map(async (name) => {
    const path = join(directory, name);
    const info = await stat(path);
    if (!info.isFile()) return [];
    return [`${name} ${(info.mode & 0o777).toString(8)}: ${await readFile(path, "utf8")}`];
  });
  return (await Promise.all(lines)).flat();
}

interface ContentCase {
  readonly name: string;
  readonly volume: Omit<Volume, "name">;
  readonly files: readonly string[];
}

const contents: readonly ContentCase[] = [
  {
    name: "a ConfigMap: a file for each key",
    volume: { configMap: { name: "settings" } },
    files: ["blob 644: \u0000\u0001\u0002", "colour 644: green", "size 644: 7"],
  },
  {
    name: "a ConfigMap: chosen keys at chosen paths with chosen modes",
    volume: {
      configMap: {
        name: "settings",
        defaultMode: 0o440,
        items: [
          { key: "colour", path: "colour.txt" },
          { key: "size", path: "size.txt", mode: 0o600 },
        ],
      },
    },
    files: ["colour.txt 440: green", "size.txt 600: 7"],
  },
  {
    name: "an optional ConfigMap that does not exist",
    volume: { configMap: { name: "none", optional: true } },
    files: [],
  },
  {
    name: "an optional key that does not exist",
    volume: { configMap: { name: "settings", optional: true, items: [{ key: "none", path: "none" }] } },
    files: [],
  },
  {
    name: "a Secret",
    volume: { secret: { secretName: "keys", defaultMode: 0o400 } },
    files: ["token 400: hush"],
  },
  {
    name: "fields of the pod",
    volume: {
      downwardAPI: {
        items: [
          { path: "labels", fieldRef: { fieldPath: "metadata.labels" } },
          { path: "name-space", fieldRef: { fieldPath: "metadata.namespace" }, mode: 0o444 },
        ],
      },
    },
    files: ['labels 644: tier="front"', "name-space 444: default"],
  },
  {
    name: "several sources in one",
    volume: {
      projected: {
        sources: [
          { configMap: { name: "settings", items: [{ key: "colour", path: "paint" }] } },
          { secret: { name: "keys" } },
          { downwardAPI: { items: [{ path: "ns", fieldRef: { fieldPath: "metadata.namespace" } }] } },
        ],
      },
    },
    files: ["ns 644: default", "paint 644: green", "token 644: hush"],
  },
];

describe("a volume with the content of objects", () => {
  test.each(contents)("$name", async ({ volume, files }) => {
    expect(await filesOf(await mounted(volume))).toEqual([...files]);
  });

  test("has a token of the pod's service account, bound to the pod", async () => {
    const directory = await mounted({
      projected: {
        sources: [{ serviceAccountToken: { path: "token", audience: "me", expirationSeconds: 700 } }],
      },
    });
    const token: unknown = JSON.parse(await readFile(join(directory, "token"), "utf8"));
    const { metadata } = await node.pod(`pod-${String(pods)}`);
    expect(JSON.stringify(token)).toContain(metadata.uid);
    expect(token).toMatchObject({ token: { audiences: ["me"] } });
  });

  test("is read only, and in memory where it is secret", async () => {
    const directory = await mounted({ secret: { secretName: "keys" } });
    const { mounts } = await node.configOf(`pod-${String(pods)}`);
    expect(mounts.find(({ containerPath }) => containerPath === "/vol")?.readOnly).toBeTrue();
    expect(node.mounter.mounts.get(directory)).toStartWith("tmpfs");
  });

  test("changes with its object, all files at once", async () => {
    const { client } = node.cluster;
    const name = { namespace: "default", name: "changing" };
    await client.create("ConfigMap", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: name,
      data: { a: "1", b: "1" },
    });
    const directory = await mounted({ configMap: { name: "changing" } });
    const before = await readlink(join(directory, "..data"));
    expect(await readlink(join(directory, "a"))).toBe("..data/a");
    const document = { data: { a: "2", b: null, c: "2" } };
    await client.patch("ConfigMap", name, { type: "merge", document });
    await node.eventually(async () => {
      expect(await filesOf(directory)).toEqual(["a 644: 2", "c 644: 2"]);
    });
    const after = await readlink(join(directory, "..data"));
    expect(after).not.toBe(before);
    expect(await readdir(directory)).not.toContain(before);
  });

  test("has the certificates of a trust bundle, which it waits for and follows", async () => {
    const { client } = node.cluster;
    const projection = { signerName: "example.com/a", labelSelector: {}, path: "ca.pem" };
    const volume = { projected: { sources: [{ clusterTrustBundle: projection }] } };
    const name = await created(volume);
    const message =
      'MountVolume.SetUp failed for volume "vol" : combination of signerName and labelSelector matched zero ClusterTrustBundles';
    await node.eventually(async () => expect(await node.eventsOf(name)).toContain(`FailedMount: ${message}`));
    const publish = (suffix: string, trustBundle: string) =>
      client.create("ClusterTrustBundle", {
        apiVersion: "certificates.k8s.io/v1beta1",
        kind: "ClusterTrustBundle",
        metadata: { name: `example.com:a:${suffix}` },
        spec: { signerName: "example.com/a", trustBundle },
      });
    await publish("first", `# first\n${CERTIFICATE}`);
    const directory = await directoryOf(name);
    expect(await filesOf(directory)).toEqual([`ca.pem 644: ${CERTIFICATE}`]);
    await publish("second", aCertificate("other", "authority"));
    await node.eventually(async () => {
      expect(await filesOf(directory)).toEqual([expect.stringMatching(/^ca.pem(.*BEGIN){2}/s)]);
    });
  });

  test("changes with the pod's labels", async () => {
    const directory = await mounted({
      downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] },
    });
    const document = { metadata: { labels: { tier: "back" } } };
    const name = { namespace: "default", name: `pod-${String(pods)}` };
    await node.cluster.client.patch("Pod", name, { type: "merge", document });
    await node.eventually(async () => {
      expect(await filesOf(directory)).toEqual(['labels 644: tier="back"']);
    });
  });
});

describe("an emptyDir", () => {
  test("is a directory that anybody may write and that goes with the pod", async () => {
    const directory = await mounted({ emptyDir: {} });
    expect((await stat(directory)).mode & 0o777).toBe(0o777);
    await writeFile(join(directory, "data"), "x");
    const name = { namespace: "default", name: `pod-${String(pods)}` };
    await node.cluster.client.delete("Pod", name, { gracePeriodSeconds: 0 });
    await node.eventually(() => expect(stat(directory)).rejects.toThrow("ENOENT"));
  });

  test("outlives a restart of its container", async () => {
    const directory = await mounted({ emptyDir: {} });
    await writeFile(join(directory, "data"), "kept");
    const pod = `pod-${String(pods)}`;
    node.runtime.exit("app", 1, { pod });
    await node.statusOf(pod, ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]).toMatchObject({ ready: true, restartCount: 1 });
    });
    expect(await readFile(join(directory, "data"), "utf8")).toBe("kept");
  });

  test("keeps the permissions that its containers have given it", async () => {
    const directory = await mounted({ emptyDir: {} });
    await chmod(directory, 0o700);
    const name = { namespace: "default", name: `pod-${String(pods)}` };
    const document = { metadata: { labels: { tier: "back" } } };
    const { metadata } = await node.cluster.client.patch("Pod", name, { type: "merge", document });
    await node.eventually(() => {
      expect(node.kubelet.pod("default", name.name)?.metadata.labels).toEqual(metadata.labels);
    });
    await node.stopKubelet();
    await node.startKubelet();
    await node.settle();
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  test("in memory has the size that was asked for", async () => {
    const directory = await mounted({ emptyDir: { medium: "Memory", sizeLimit: "8Mi" } });
    expect(node.mounter.mounts.get(directory)).toBe(`tmpfs ${String(8 * 2 ** 20)}`);
  });
});

describe("a hostPath", () => {
  interface Case {
    readonly name: string;
    readonly type: NonNullable<HostPathVolumeSource["type"]>;
    readonly path: string;
    /** What is wrong; nothing when the pod runs. */
    readonly why?: string;
  }
  const cases: readonly Case[] = [
    { name: "anything", type: "", path: "anything" },
    { name: "directory", type: "Directory", path: "folder" },
    { name: "made-directory", type: "DirectoryOrCreate", path: "made/folder" },
    { name: "file", type: "File", path: "file" },
    { name: "made-file", type: "FileOrCreate", path: "made-file" },
    { name: "no-directory", type: "Directory", path: "none", why: "a directory" },
    { name: "file-for-directory", type: "Directory", path: "file", why: "a directory" },
    { name: "no-file", type: "File", path: "none", why: "a file" },
    { name: "no-socket", type: "Socket", path: "file", why: "a socket file" },
    { name: "no-character-device", type: "CharDevice", path: "file", why: "a character device" },
    { name: "no-block-device", type: "BlockDevice", path: "file", why: "a block device" },
  ];

  test.each(cases)("$name", async ({ name, type, path: relative, why }) => {
    const path = join(node.directory, relative);
    await node.createPod(`host-${name}`, {
      volumes: [{ name: "vol", hostPath: { path, type } }],
      containers: [{ name: "app", image: "app:1", volumeMounts: [{ name: "vol", mountPath: "/vol" }] }],
    });
    if (why === undefined) {
      const { mounts } = await node.configOf(`host-${name}`);
      expect(mounts).toContainEqual({
        hostPath: path,
        containerPath: "/vol",
        readOnly: false,
        propagation: "private",
      });
      await stat(path);
      return;
    }
    await node.eventually(async () => {
      expect(await node.eventsOf(`host-${name}`)).toContain(
        `FailedMount: MountVolume.SetUp failed for volume "vol" : hostPath type check failed: ${path} is not ${why}`,
      );
    });
  });
});

describe("what does not exist", () => {
  interface Case {
    readonly name: string;
    readonly volume: Omit<Volume, "name">;
    readonly message: string;
  }
  const cases: readonly Case[] = [
    { name: "configmap", volume: { configMap: { name: "none" } }, message: 'configmap "none" not found' },
    { name: "secret", volume: { secret: { secretName: "none" } }, message: 'secret "none" not found' },
    {
      name: "configmap-key",
      volume: { configMap: { name: "settings", items: [{ key: "none", path: "x" }] } },
      message: "configmap references non-existent config key: none",
    },
    {
      name: "secret-key",
      volume: { secret: { secretName: "keys", items: [{ key: "none", path: "x" }] } },
      message: "references non-existent secret key: none",
    },
  ];

  test.each(cases)("a missing $name keeps the pod from starting", async ({ name, volume, message }) => {
    await node.createPod(`missing-${name}`, { volumes: [{ name: "vol", ...volume }] });
    await node.eventually(async () => {
      expect(await node.eventsOf(`missing-${name}`)).toContain(
        `FailedMount: MountVolume.SetUp failed for volume "vol" : ${message}`,
      );
    });
    const { status } = await node.pod(`missing-${name}`);
    expect(status).toMatchObject({
      phase: "Pending",
      containerStatuses: [{ state: { waiting: { reason: "ContainerCreating" } } }],
    });
  });

  test("lets the pod start as soon as it exists", async () => {
    await node.createPod("patient", { volumes: [{ name: "vol", configMap: { name: "late" } }] });
    await node.advance(5000);
    expect((await node.pod("patient")).status?.phase).toBe("Pending");
    await node.cluster.client.create("ConfigMap", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "late", namespace: "default" },
    });
    await node.statusOf("patient", ({ phase }) => expect(phase).toBe("Running"));
  });
});

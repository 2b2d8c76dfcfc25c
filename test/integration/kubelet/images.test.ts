import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Container } from "#api/generated/core-v1.ts";
import { aNode, type TestNode } from "./test-node.ts";

let node: TestNode;
beforeEach(async () => {
  node = await aNode();
});
afterEach(() => node[Symbol.asyncDispose]());

interface Failure {
  readonly name: string;
  readonly container: Partial<Container>;
  readonly waiting: { readonly reason: string; readonly message: string };
  readonly events: readonly string[];
}

const UNKNOWN = 'Cannot pull image "web:2": manifest unknown';

const failures: readonly Failure[] = [
  {
    name: "an image that no registry has",
    container: { image: "web:2" },
    waiting: { reason: "ErrImagePull", message: UNKNOWN },
    events: [
      'Pulling: Pulling image "web:2"',
      `Failed: Failed to pull image "web:2": ${UNKNOWN}`,
      "Failed: Error: ErrImagePull",
    ],
  },
  {
    name: "an image that may not be pulled",
    container: { image: "web:2", imagePullPolicy: "Never" },
    waiting: {
      reason: "ErrImageNeverPull",
      message: 'Container image "web:2" is not present with pull policy of Never',
    },
    events: [
      'ErrImageNeverPull: Container image "web:2" is not present with pull policy of Never',
      "Failed: Error: ErrImageNeverPull",
    ],
  },
  {
    name: "an image without a usable name",
    container: { image: "Not_A:::Name" },
    waiting: {
      reason: "InvalidImageName",
      message:
        'Failed to apply default image tag "Not_A:::Name": couldn\'t parse image name "Not_A:::Name": invalid reference format',
    },
    events: [
      'InspectFailed: Failed to apply default image tag "Not_A:::Name": couldn\'t parse image name "Not_A:::Name": invalid reference format',
      "Failed: Error: InvalidImageName",
    ],
  },
];

describe("an image that cannot be had", () => {
  test.each(failures)("$name keeps its container waiting", async ({ container, waiting, events }) => {
    await node.createPod("web", { containers: [{ name: "app", ...container }] });
    const { phase } = await node.statusOf("web", ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]?.state).toEqual({ waiting });
    });
    expect(phase).toBe("Pending");
    expect(await node.eventsOf("web")).toEqual(events);
  });
});

describe("back-off of pulls", () => {
  test("a pull is tried again after 10 s, then twice as long each time, and between the tries it is said so", async () => {
    await node.createPod("web", { containers: [{ name: "app", image: "web:2" }] });
    const { clock } = node.cluster;
    const start = clock.now();
    const pulledAt: number[] = [];
    while (clock.now() - start < 160_000) {
      await node.settle();
      const { length } = node.runtime.images.pulls;
      while (pulledAt.length < length) pulledAt.push(Math.round((clock.now() - start) / 1000));
      await node.cluster.clock.advance(1000);
    }
    const pauses = pulledAt.slice(1).map((at, index) => at - (pulledAt[index] ?? 0));
    // What happens in between two looks is seen a second late.
    expect(pauses.map((pause) => Math.round(pause / 5) * 5)).toEqual([10, 20, 40, 80]);
    const { containerStatuses = [] } = (await node.pod("web")).status ?? {};
    expect(containerStatuses[0]?.state).toEqual({
      waiting: {
        reason: "ImagePullBackOff",
        message: `Back-off pulling image "web:2": ErrImagePull: ${UNKNOWN}`,
      },
    });
    expect(await node.eventsOf("web")).toContain('BackOff: Back-off pulling image "web:2"');
    expect(await node.eventsOf("web")).toContain("Failed: Error: ImagePullBackOff");
  });

  test("an image that appears in the meantime is pulled and its container starts", async () => {
    await node.createPod("web", { containers: [{ name: "app", image: "web:2" }] });
    await node.statusOf("web", ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]?.state?.waiting?.reason).toBe("ImagePullBackOff");
    });
    node.runtime.images.registry.set("web:2", { id: "sha256:web2", sizeBytes: 4096 });
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
    expect(await node.eventsOf("web")).toContainEqual(
      expect.stringMatching(
        /^Pulled: Successfully pulled image "web:2" in 0s \(0s including waiting\)\. Image size: 4096 bytes\.$/,
      ),
    );
  });
});

describe("pull policy", () => {
  interface Case {
    readonly name: string;
    readonly container: Partial<Container>;
    readonly pulls: readonly string[];
  }
  const cases: readonly Case[] = [
    { name: "IfNotPresent leaves an image that is there alone", container: { image: "app:1" }, pulls: [] },
    {
      name: "Always asks the registry all the same",
      container: { image: "app:1", imagePullPolicy: "Always" },
      pulls: ["app:1"],
    },
    {
      name: "an image without a tag means latest and is always pulled",
      container: { image: "app" },
      pulls: ["app:latest"],
    },
    { name: "Never uses what is there", container: { image: "app:1", imagePullPolicy: "Never" }, pulls: [] },
  ];

  test.each(cases)("$name", async ({ container, pulls }) => {
    for (const name of ["app:1", "app:latest"]) node.runtime.images.registry.set(name, { id: "sha256:app" });
    await node.createPod("web", { containers: [{ name: "app", ...container }] });
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
    expect(node.runtime.images.pulls).toEqual([...pulls]);
  });
});

describe("pull secrets", () => {
  const auth = { username: "user", password: "word" };

  test("credentials of the pod's secret open a private registry", async () => {
    const config = { auths: { "registry.test": { auth: btoa("user:word") } } };
    await node.cluster.client.create("Secret", {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "registry", namespace: "default" },
      type: "kubernetes.io/dockerconfigjson",
      stringData: { ".dockerconfigjson": JSON.stringify(config) },
    });
    node.runtime.images.registry.set("registry.test/web:1", { id: "sha256:web", auth });
    await node.createPod("web", {
      imagePullSecrets: [{ name: "registry" }],
      containers: [{ name: "app", image: "registry.test/web:1" }],
    });
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
  });

  test("a secret that does not exist is told, and the pull is tried without", async () => {
    node.runtime.images.registry.set("registry.test/web:1", { id: "sha256:web", auth });
    await node.createPod("web", {
      imagePullSecrets: [{ name: "gone" }],
      containers: [{ name: "app", image: "registry.test/web:1" }],
    });
    const why = 'Cannot pull image "registry.test/web:1": unauthorized: authentication required';
    await node.statusOf("web", ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]?.state?.waiting).toEqual({ reason: "ErrImagePull", message: why });
    });
    expect(await node.eventsOf("web")).toContain(
      "FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (gone); attempting to pull the image may not succeed.",
    );
  });
});

import { describe, expect, test } from "bun:test";
import type { PodSpec } from "#api/generated/core-v1.ts";
import { aNode, aPod } from "#testing/objects.ts";
import { points } from "#testing/scheduling.ts";
import { imageLocalityPlugin } from "./image-locality.ts";

const MB = 1024 * 1024;

/** A node with images of so many megabytes. */
const node = (name: string, images: Readonly<Record<string, number>>) =>
  aNode(name, {
    status: {
      images: Object.entries(images).map(([image, size]) => ({ names: [image], sizeBytes: size * MB })),
    },
  });

const using = (...images: readonly string[]) =>
  aPod("a", { spec: { containers: images.map((image, index) => ({ name: `c${String(index)}`, image })) } });

describe("imageLocalityPlugin", () => {
  const nodes = [node("both", { "big:1": 1000, "small:1": 20 }), node("one", { "big:latest": 500 })];

  test("does not look at pods whose images nobody has", () => {
    expect(points(imageLocalityPlugin, using("other:1"), { nodes })).toBe("skip");
  });

  test("counts an image by its size and by how many nodes have it", () => {
    // One of two nodes has it: 500 MB count. 100 * (500 - 23) / (1000 - 23).
    expect(points(imageLocalityPlugin, using("big:1"), { nodes })).toEqual({ both: 48, one: 0 });
  });

  test("takes a missing tag for latest", () => {
    // 100 * (250 - 23) / (1000 - 23).
    expect(points(imageLocalityPlugin, using("big"), { nodes })).toEqual({ both: 0, one: 23 });
  });

  test("lets small images count for nothing", () => {
    expect(points(imageLocalityPlugin, using("small:1"), { nodes })).toEqual({ both: 0, one: 0 });
  });

  test("sees a port of a registry for what it is", () => {
    const local = [node("n", { "localhost:5000/app:latest": 1000 })];
    expect(points(imageLocalityPlugin, using("localhost:5000/app"), { nodes: local })).toEqual({ n: 100 });
  });

  test("scales with the number of containers", () => {
    // 100 * (500 - 23) / (2 * 1000 - 23).
    expect(points(imageLocalityPlugin, using("big:1", "other:1"), { nodes })).toEqual({ both: 24, one: 0 });
  });

  test("counts images of init containers and of volumes", () => {
    const spec: PodSpec = {
      containers: [{ name: "c", image: "other:1" }],
      initContainers: [{ name: "i", image: "big:1" }],
      volumes: [{ name: "v", image: { reference: "big:1" } }],
    };
    // 100 * (2 * 500 - 23) / (2 * 1000 - 23).
    expect(points(imageLocalityPlugin, aPod("a", { spec }), { nodes })).toEqual({ both: 49, one: 0 });
  });
});

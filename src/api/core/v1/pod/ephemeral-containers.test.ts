import { describe, expect, test } from "bun:test";
import { errorTexts, someWrite } from "#testing/kinds.ts";
import { aPod } from "#testing/objects.ts";
import { pod } from "../pod.ts";

const MIRROR = { "kubernetes.io/config.mirror": "x" };

describe("pods/ephemeralcontainers", () => {
  const subresource = pod.updateSubresources?.["ephemeralcontainers"];
  const debug = { name: "debug", image: "busybox:1" };
  const previous = aPod("web", { labels: { a: "b" }, spec: { ephemeralContainers: [debug] } });

  test("changes nothing else", () => {
    const next = aPod("web", { labels: {}, spec: { ephemeralContainers: [debug], hostname: "x" } });
    const updated = subresource?.prepareForUpdate(next, previous, someWrite);
    expect(updated).toEqual(previous);
  });

  test("adds and never takes away", () => {
    const check = (names: readonly string[], image = debug.image) => {
      const containers = names.map((name) => ({ name, image }));
      const next = aPod("web", { labels: { a: "b" }, spec: { ephemeralContainers: containers } });
      return errorTexts(subresource?.validateUpdate(next, previous));
    };
    expect(check(["more", "debug"])).toEqual([]);
    expect(check(["more"])).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed\n',
    ]);
    expect(check(["debug"], "busybox:2")[0]).toStartWith(
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be changed\n',
    );
  });

  test("is not for static pods", () => {
    const mirror = aPod("web", { annotations: MIRROR });
    expect(errorTexts(subresource?.validateUpdate(mirror, mirror))).toEqual([
      "[]: Forbidden: static pods do not support ephemeral containers",
    ]);
  });
});

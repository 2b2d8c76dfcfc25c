import { describe, expect, test } from "bun:test";
import type { PodSpec } from "#api/generated/core-v1.ts";
import { aPod } from "#testing/objects.ts";
import { logOptions } from "./log-options.ts";
import { logLocation, portForwardLocation, streamLocation } from "./pod-location.ts";

const app = { name: "app", image: "app:1" };

function placed(spec: Partial<PodSpec> = {}) {
  return aPod("web", { spec: { nodeName: "worker", containers: [app], ...spec } });
}

const sidecar = { name: "sidecar", image: "proxy:1" };
const crowded = placed({
  containers: [app, sidecar],
  initContainers: [{ name: "setup", image: "setup:1" }],
  ephemeralContainers: [{ name: "debug", image: "tools:1" }],
});

const logs = (pod = placed(), query = "") =>
  logLocation(pod, logOptions(new URLSearchParams(query), pod.metadata.name));
const stream = (kind: "exec" | "attach", pod = placed(), query = "") =>
  streamLocation(pod, kind, new URLSearchParams(query));
const forward = (pod = placed(), query = "") => portForwardLocation(pod, new URLSearchParams(query));

describe("logLocation", () => {
  test("leads to the only container", () => {
    expect(logs()).toEqual({ nodeName: "worker", path: "/containerLogs/default/web/app?stream=All" });
  });

  test("passes the options on", () => {
    const query =
      "follow=true&previous=true&timestamps=true&sinceTime=2026-01-01T00:00:00Z&tailLines=3&limitBytes=9";
    expect(logs(placed(), query)?.path).toBe(
      "/containerLogs/default/web/app?follow=true&limitBytes=9&previous=true" +
        "&sinceTime=2026-01-01T00%3A00%3A00Z&stream=All&tailLines=3&timestamps=true",
    );
  });

  test.each(["app", "sidecar", "setup", "debug"])("finds the container %s", (name) => {
    expect(logs(crowded, `container=${name}`)?.path).toStartWith(`/containerLogs/default/web/${name}?`);
  });

  test("leads nowhere before the pod has a node", () => {
    expect(logs(aPod("web"))).toBeUndefined();
  });

  test("wants one of several containers to be named", () => {
    expect(() => logs(crowded)).toThrow(
      "a container name must be specified for pod web, choose one of: [setup app sidecar debug]",
    );
  });

  test("refuses a container that the pod does not have", () => {
    expect(() => logs(placed(), "container=x")).toThrow("container x is not valid for pod web");
  });
});

describe("streamLocation", () => {
  test("names the parameters of exec as kubelets do", () => {
    const query = "container=app&command=echo&command=a+b&stdin=true&stdout=true&stderr=false&tty=1";
    expect(stream("exec", placed(), query)).toEqual({
      nodeName: "worker",
      path: "/exec/default/web/app?command=echo&command=a+b&input=1&output=1&tty=1",
    });
  });

  test("attaches without a command", () => {
    expect(stream("attach", placed(), "stderr=true&command=ls").path).toBe("/attach/default/web/app?error=1");
  });

  test("needs a node", () => {
    expect(() => stream("exec", aPod("web"))).toThrow("pod web does not have a host assigned");
  });
});

describe("portForwardLocation", () => {
  test.each([
    { query: "", path: "/portForward/default/web" },
    { query: "ports=80&ports=443,8080", path: "/portForward/default/web?port=80%2C443%2C8080" },
  ])("passes $query on", ({ query, path }) => {
    expect(forward(placed(), query)).toEqual({ nodeName: "worker", path });
  });

  test.each([
    { query: "ports=http", error: 'strconv.ParseUint: parsing "http": invalid syntax' },
    { query: "ports=65536", error: 'strconv.ParseUint: parsing "65536": value out of range' },
  ])("refuses $query", ({ query, error }) => {
    expect(() => forward(placed(), query)).toThrow(error);
  });

  test("needs a node", () => {
    expect(() => forward(aPod("web"))).toThrow("pod web does not have a host assigned");
  });
});

import { beforeEach, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { kinds } from "#api/kinds.ts";
import { resourceOf } from "#api/resource.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import type { Answer } from "#https/answer.ts";
import { Exchange } from "#https/exchange.ts";
import { serveCustom, unserveCustom } from "#testing/custom-resources.ts";
import { WireFormats } from "../front/wire-formats.ts";
import { KindRegistry } from "../registry/kind-registry.ts";
import { Discovery } from "./discovery.ts";
import { servedVersions } from "./registered-versions.ts";
import { storageVersionHash } from "./storage-version-hash.ts";

const schemas = new BuiltInSchemas();
const SERVED = ["horizontalpodautoscalers", "deployments", "configmaps", "bindings"];
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

let registry: KindRegistry;
let discovery: Discovery;
beforeEach(() => {
  const served = kinds.filter(({ resource }) => SERVED.includes(resource.name));
  registry = new KindRegistry(served, (resource) => schemas.ofResource(resource));
  const versions = {
    list: () => servedVersions(registry.list()),
    onChange: (listener: () => void) => registry.onChange(listener),
  };
  discovery = new Discovery(
    { serverAddress: () => "192.0.2.1:6443", formats: new WireFormats(schemas) },
    { registry, versions },
  );
});

function ask(url: string, headers: Record<string, string> = {}, method = "GET"): Answer {
  const exchange = { method, url, headers, peer: { address: "" }, requestId: "", body: Readable.from([]) };
  return discovery.answer(new Exchange(exchange));
}

function bodyOf({ content }: Answer): unknown {
  return JSON.parse(Buffer.from(content as Uint8Array).toString());
}

describe("Discovery", () => {
  test("names every document", () => {
    expect(discovery.paths()).toEqual([
      "/api",
      "/apis",
      "/apis/apps",
      "/apis/autoscaling",
      "/api/v1",
      "/apis/apps/v1",
      "/apis/autoscaling/v2",
      "/apis/autoscaling/v1",
    ]);
  });

  test.each(["/api", "/api/"])("%s tells where the server is", (path) => {
    expect(bodyOf(ask(path))).toEqual({
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: "192.0.2.1:6443" }],
    });
  });

  test("/apis lists the groups with the newest version in front", () => {
    const v1 = { groupVersion: "autoscaling/v1", version: "v1" };
    const v2 = { groupVersion: "autoscaling/v2", version: "v2" };
    const apps = { groupVersion: "apps/v1", version: "v1" };
    expect(bodyOf(ask("/apis"))).toEqual({
      kind: "APIGroupList",
      apiVersion: "v1",
      groups: [
        { name: "apps", versions: [apps], preferredVersion: apps },
        { name: "autoscaling", versions: [v2, v1], preferredVersion: v2 },
      ],
    });
    expect(bodyOf(ask("/apis/apps"))).toEqual({
      kind: "APIGroup",
      apiVersion: "v1",
      name: "apps",
      versions: [apps],
      preferredVersion: apps,
    });
  });

  test("/api/v1 lists resources by name", () => {
    expect(bodyOf(ask("/api/v1"))).toEqual({
      kind: "APIResourceList",
      groupVersion: "v1",
      resources: [
        { name: "bindings", singularName: "binding", namespaced: true, kind: "Binding", verbs: ["create"] },
        {
          name: "configmaps",
          singularName: "configmap",
          namespaced: true,
          kind: "ConfigMap",
          verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
          shortNames: ["cm"],
          storageVersionHash: "qFsyl6wFWjQ=",
        },
      ],
    });
  });

  test("lists subresources behind their resource", () => {
    const list = bodyOf(ask("/apis/apps/v1")) as { resources: { name: string }[] };
    expect(list.resources.map(({ name }) => name)).toEqual([
      "deployments",
      "deployments/scale",
      "deployments/status",
    ]);
    expect(list.resources[1] as unknown).toEqual({
      name: "deployments/scale",
      singularName: "",
      namespaced: true,
      group: "autoscaling",
      version: "v1",
      kind: "Scale",
      verbs: ["get", "patch", "update"],
    });
  });

  test("gives all versions of a resource the hash of the stored one", () => {
    const hashes = ["/apis/autoscaling/v1", "/apis/autoscaling/v2"].map((path) => {
      const list = bodyOf(ask(path)) as { resources: { storageVersionHash: string }[] };
      return list.resources[0]?.storageVersionHash;
    });
    const stored = storageVersionHash({
      group: "autoscaling",
      version: "v2",
      kind: "HorizontalPodAutoscaler",
    });
    expect(hashes).toEqual([stored, stored]);
  });

  test("lists custom resources once they are served", () => {
    expect(() => ask("/apis/example.com")).toThrow("the server could not find the requested resource");
    const resource = { ...resourceOf("ConfigMap"), group: "example.com", name: "widgets", kind: "Widget" };
    serveCustom(registry, { resource }, schemas.ofResource(resourceOf("ConfigMap")));
    expect(bodyOf(ask("/apis/example.com"))).toMatchObject({ name: "example.com" });
    unserveCustom(registry, { resource });
    expect(discovery.paths()).not.toContain("/apis/example.com");
  });

  test.each(["/api/v2", "/apis/apps/v1/x", "/apis/nowhere"])("knows no %s", (path) => {
    expect(() => ask(path)).toThrow("the server could not find the requested resource");
  });

  test("can only be read", () => {
    expect(() => ask("/api", {}, "POST")).toThrow(
      "the server does not allow this method on the requested resource",
    );
  });

  test("speaks YAML", () => {
    const answer = ask("/api", { accept: "application/yaml" });
    expect(answer.fields["content-type"]).toBe("application/yaml");
    expect(Buffer.from(answer.content as Uint8Array).toString()).toStartWith("kind: APIVersions\n");
  });
});

describe("aggregated discovery", () => {
  test("tells everything in one document", () => {
    const answer = ask("/apis", { accept: `${AGGREGATED},application/json` });
    expect(answer.fields["content-type"]).toBe(AGGREGATED);
    expect(bodyOf(answer)).toMatchObject({
      kind: "APIGroupDiscoveryList",
      apiVersion: "apidiscovery.k8s.io/v2",
      metadata: {},
      items: [
        {
          metadata: { name: "apps" },
          versions: [
            {
              version: "v1",
              freshness: "Current",
              resources: [
                {
                  resource: "deployments",
                  responseKind: { group: "", version: "", kind: "Deployment" },
                  scope: "Namespaced",
                  singularResource: "deployment",
                  shortNames: ["deploy"],
                  categories: ["all"],
                  subresources: [
                    {
                      subresource: "scale",
                      responseKind: { group: "autoscaling", version: "v1", kind: "Scale" },
                    },
                    { subresource: "status", responseKind: { group: "", version: "", kind: "Deployment" } },
                  ],
                },
              ],
            },
          ],
        },
        { metadata: { name: "autoscaling" }, versions: [{ version: "v2" }, { version: "v1" }] },
      ],
    });
  });

  test("is under /api for the core group, which has no name", () => {
    expect(bodyOf(ask("/api", { accept: AGGREGATED }))).toMatchObject({
      items: [{ metadata: {}, versions: [{ version: "v1" }] }],
    });
  });

  test("is not sent again to those who have it", () => {
    const first = ask("/apis", { accept: AGGREGATED });
    // Without the newline, which the encoder adds.
    const json = Buffer.from(first.content as Uint8Array).subarray(0, -1);
    const hash = createHash("sha512").update(json).digest("hex").toUpperCase();
    const etag = `"${hash}"`;
    expect(first.fields["etag"]).toBe(etag);
    const second = ask("/apis", { accept: AGGREGATED, "if-none-match": etag });
    expect([second.code, second.content]).toEqual([304, new Uint8Array()]);
    const resource = { ...resourceOf("ConfigMap"), group: "example.com", name: "widgets", kind: "Widget" };
    serveCustom(registry, { resource }, schemas.ofResource(resourceOf("ConfigMap")));
    expect(ask("/apis", { accept: AGGREGATED, "if-none-match": etag }).code).toBe(200);
  });

  test("is for those who understand it, wherever among their wishes it stands", () => {
    expect(bodyOf(ask("/apis", { accept: `application/json,${AGGREGATED}` }))).toMatchObject({
      kind: "APIGroupDiscoveryList",
    });
  });

  test("speaks YAML and protobuf", () => {
    const yaml = ask("/apis", { accept: AGGREGATED.replace("json", "yaml") });
    expect(yaml.fields["content-type"]).toBe(AGGREGATED.replace("json", "yaml"));
    expect(Buffer.from(yaml.content as Uint8Array).toString()).toStartWith(
      "apiVersion: apidiscovery.k8s.io/v2\n",
    );
    const protobuf = ask("/apis", { accept: AGGREGATED.replace("json", "vnd.kubernetes.protobuf") });
    expect(Buffer.from(protobuf.content as Uint8Array).toString("latin1")).toStartWith("k8s\0");
  });

  const plain: { name: string; accept: string }[] = [
    { name: "know another version", accept: `${AGGREGATED.replace("v2", "v2beta1")},application/json` },
    { name: "take anything", accept: "*/*" },
  ];
  test.each(plain)("is not for those who $name", ({ accept }) => {
    expect(bodyOf(ask("/apis", { accept }))).toMatchObject({ kind: "APIGroupList" });
  });
});

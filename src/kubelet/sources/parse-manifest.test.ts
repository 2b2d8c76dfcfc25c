import { describe, expect, test } from "bun:test";
import { ManifestParser } from "./parse-manifest.ts";

const parser = new ManifestParser();

function parse(spec: string) {
  const text = `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n${spec}`;
  return parser.parse(text, { path: "/web.yaml", nodeName: "node-1", now: 0 });
}

const CONTAINERS = "  containers: [{name: app, image: app}]\n";

describe("a manifest", () => {
  test("is read as Go reads YAML: octal numbers begin with 0, and yes is true", () => {
    const rest = "  hostNetwork: yes\n  volumes: [{name: v, downwardAPI: {defaultMode: 0600}}]\n";
    const { metadata, spec } = parse(CONTAINERS + rest);
    expect([metadata.name, metadata.namespace]).toEqual(["web-node-1", "default"]);
    expect([spec.hostNetwork, spec.volumes?.[0]?.downwardAPI?.defaultMode]).toEqual([true, 0o600]);
  });

  test.each([
    ["an anchor in itself", "  containers: &a [*a]\n", "yaml: anchor 'a' value contains itself"],
    ["no containers", "  {}\n", "invalid pod: spec.containers: Required value"],
  ])("with %s is refused", (_name, spec, message) => {
    expect(() => parse(spec)).toThrow(message);
  });
});

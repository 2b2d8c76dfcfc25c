import { describe, expect, test } from "bun:test";
import { BuiltInSchemas } from "#api/schemas.ts";
import { decodeEnvelope } from "./decode-envelope.ts";
import { WireError } from "./wire-reader.ts";
import { WireWriter } from "./wire-writer.ts";

const schemas = new BuiltInSchemas();
const CONFIG_MAP = { group: "", version: "v1", kind: "ConfigMap" };
const PREFIX = Buffer.from("k8s\0");

function envelope(apiVersion: string, kind: string, raw: WireWriter): Buffer {
  const typeMeta = new WireWriter().text(1, apiVersion).text(2, kind);
  return Buffer.concat([PREFIX, new WireWriter().message(1, typeMeta).message(2, raw).finish()]);
}

/** metadata.name is field 1 of field 1 of most kinds. */
const named = (name: string): WireWriter => new WireWriter().message(1, new WireWriter().text(1, name));

describe("decodeEnvelope", () => {
  test("reads an object of the kind that it names", () => {
    const bytes = envelope("apps/v1", "Deployment", named("web"));
    expect(decodeEnvelope(schemas, bytes, CONFIG_MAP)).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
    });
  });

  test("reads an object of the kind of the path when it names none", () => {
    const bytes = Buffer.concat([PREFIX, new WireWriter().message(2, named("a")).finish()]);
    expect(decodeEnvelope(schemas, bytes, CONFIG_MAP)).toEqual({ metadata: { name: "a" } });
  });

  test("knows the options of deletes in every group", () => {
    const raw = new WireWriter().text(4, "Background");
    expect(decodeEnvelope(schemas, envelope("apps/v1", "DeleteOptions", raw), CONFIG_MAP)).toEqual({
      apiVersion: "apps/v1",
      kind: "DeleteOptions",
      propagationPolicy: "Background",
    });
  });

  const faults: { name: string; bytes: Buffer; reason: string }[] = [
    {
      name: "JSON",
      bytes: Buffer.from("{}"),
      reason: "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
    },
    {
      name: "a kind that does not exist",
      bytes: envelope("v1", "Nothing", named("a")),
      reason: 'no kind "Nothing" is registered for version "v1"',
    },
    {
      name: "half a message",
      bytes: Buffer.concat([PREFIX, Buffer.from([0x0a, 9])]),
      reason: "unexpected EOF",
    },
  ];
  test.each(faults)("refuses $name", ({ bytes, reason }) => {
    expect(() => decodeEnvelope(schemas, bytes, CONFIG_MAP)).toThrow(new WireError(reason));
  });
});

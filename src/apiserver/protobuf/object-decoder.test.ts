import { describe, expect, test } from "bun:test";
import { BuiltInSchemas } from "#api/schemas.ts";
import { WireWriter } from "#testing/wire-writer.ts";
import { PREFIX } from "./envelope.ts";
import { ObjectDecodeError, ObjectDecoder } from "./object-decoder.ts";
import { WireError } from "./wire-reader.ts";

const decoder = new ObjectDecoder(new BuiltInSchemas());
const CONFIG_MAP = { group: "", version: "v1", kind: "ConfigMap" };
const CUSTOM = { group: "example.com", version: "v1", kind: "Widget" };

function envelope(apiVersion: string, kind: string, raw: WireWriter): Buffer {
  const typeMeta = new WireWriter().text(1, apiVersion).text(2, kind);
  return Buffer.concat([PREFIX, new WireWriter().message(1, typeMeta).message(2, raw).finish()]);
}

/** metadata.name is field 1 of field 1 of most kinds. */
const named = (name: string): WireWriter => new WireWriter().message(1, new WireWriter().text(1, name));

describe("ObjectDecoder", () => {
  const cases: { name: string; bytes: Buffer; wanted?: typeof CONFIG_MAP; want: object }[] = [
    {
      name: "an object of the kind that it names",
      bytes: envelope("apps/v1", "Deployment", named("web")),
      want: { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } },
    },
    {
      name: "an object of the kind of the path when it names none",
      bytes: Buffer.concat([PREFIX, new WireWriter().message(2, named("a")).finish()]),
      want: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } },
    },
    {
      name: "options of deletes in every group",
      bytes: envelope("apps/v1", "DeleteOptions", new WireWriter().text(4, "Background")),
      wanted: { group: "", version: "v1", kind: "DeleteOptions" },
      want: { apiVersion: "apps/v1", kind: "DeleteOptions", propagationPolicy: "Background" },
    },
  ];
  test.each(cases)("reads $name", ({ bytes, wanted = CONFIG_MAP, want }) => {
    expect(decoder.decode(bytes, wanted)).toEqual(want);
  });

  const refused: { name: string; bytes: Buffer; wanted?: typeof CONFIG_MAP; reason: string; kind: string }[] =
    [
      {
        name: "a kind that does not exist",
        bytes: envelope("v1", "Nothing", named("a")),
        reason:
          'no kind "Nothing" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
        kind: "Nothing",
      },
      {
        name: "a custom resource",
        bytes: envelope("example.com/v1", "Widget", named("a")),
        wanted: CUSTOM,
        reason:
          "object *unstructured.Unstructured does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message",
        kind: "Widget",
      },
      {
        name: "a message that is none of its kind",
        bytes: envelope("v1", "ConfigMap", new WireWriter().flag(1)),
        reason: "proto: wrong wireType = 0 for field Metadata",
        kind: "ConfigMap",
      },
    ];
  test.each(refused)("refuses $name, and knows its kind", ({ bytes, wanted = CONFIG_MAP, reason, kind }) => {
    const error = thrownBy(() => decoder.decode(bytes, wanted));
    expect([error.message, error instanceof ObjectDecodeError && error.actual.kind]).toEqual([reason, kind]);
  });

  test("refuses what has no kind yet", () => {
    expect(() => decoder.decode(Buffer.from("{}"), CONFIG_MAP)).toThrow(WireError);
  });
});

function thrownBy(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new TypeError("Nothing was thrown");
}

import { describe, expect, test } from "bun:test";
import { BuiltInSchemas } from "#api/schemas.ts";
import { writeJsonList } from "../formats/json-format.ts";
import type { ListHead } from "../formats/wire-format.ts";
import { ObjectDecoder } from "./object-decoder.ts";
import { ProtobufFormat } from "./protobuf-format.ts";

const schemas = new BuiltInSchemas();
const format = new ProtobufFormat(schemas);
const decoder = new ObjectDecoder(schemas);
const WANTED = { group: "", version: "v1", kind: "Pod" };

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const decode = (bytes: Uint8Array): unknown => decoder.decode(Buffer.from(bytes), WANTED);

function list(head: ListHead, items: readonly object[]): Buffer {
  const encoded = items.map(json);
  const pieces = format.list({ head, items: encoded, pieces: () => writeJsonList(head, encoded) });
  const bytes = Buffer.concat([...pieces]);
  expect(pieces.length).toBe(bytes.length);
  return bytes;
}

/** An EndpointSlice port has two fields that are always written: none. */
const binding = { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };

describe("ProtobufFormat", () => {
  test("puts an object into its envelope", () => {
    // k8s\0, type meta {"v1", "ConfigMap"}, the object, and two texts that are empty.
    const metadata = "0a10 0a00 1200 1a00 2200 2a00 3200 3800 4200";
    expect(hex(format.document(json({ kind: "ConfigMap", apiVersion: "v1", immutable: true })))).toBe(
      `6b387300 0a0f 0a027631 1209${Buffer.from("ConfigMap").toString("hex")} 1214 ${metadata} 2001 1a00 2200`.replaceAll(
        " ",
        "",
      ),
    );
  });

  test("writes documents that are older than versions", () => {
    const bytes = hex(format.document(json(binding)));
    expect(bytes).toBe(
      `6b387300 0a0f 0a00 120b${Buffer.from("APIVersions").toString("hex")} 1204 0a027631 1a00 2200`.replaceAll(
        " ",
        "",
      ),
    );
  });

  test("refuses what has no protobuf form", () => {
    for (const [apiVersion, kind] of [
      ["meta.k8s.io/v1", "Table"],
      ["example.com/v1", "Widget"],
    ]) {
      expect(() => format.document(json({ apiVersion, kind })), kind).toThrow(
        "does not implement the protobuf marshalling interface",
      );
    }
  });

  test("writes a list of any length", () => {
    const head = {
      kind: "ConfigMapList",
      apiVersion: "v1",
      metadata: { resourceVersion: "7", continue: "c" },
    };
    expect(decode(list(head, []))).toEqual({
      ...head,
      metadata: { ...head.metadata, selfLink: "" },
    });
    const items = Array.from({ length: 1000 }, (_, index) => ({
      kind: "ConfigMap",
      apiVersion: "v1",
      metadata: { name: `c-${String(index)}` },
      data: { a: "x".repeat(1000) },
    }));
    const read = decode(list(head, items)) as { items: typeof items };
    expect(read.items.map(({ metadata, data }) => [metadata.name, data.a.length])).toEqual(
      items.map(({ metadata, data }) => [metadata.name, data.a.length]),
    );
  });

  test("writes a list as the same bytes as any other object with a list in it", () => {
    const head = { kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion: "7" } };
    const items = [{ metadata: { name: "a" } }, { metadata: { name: "b" }, data: { c: "d" } }];
    expect(hex(list(head, items))).toBe(hex(format.document(json({ ...head, items }))));
  });

  test("knows that lists of metadata had other numbers once", () => {
    const metadata = { resourceVersion: "7" };
    const item = { metadata: { name: "a" } };
    const [v1, v1beta1] = ["v1", "v1beta1"].map((version) =>
      hex(
        list({ kind: "PartialObjectMetadataList", apiVersion: `meta.k8s.io/${version}`, metadata }, [item]),
      ),
    );
    const listMeta = "0a00120137" + "1a00";
    expect(v1).toContain(`0a07${listMeta}12`);
    expect(v1beta1).toContain(`1207${listMeta}1a002200`);
    expect(v1beta1?.length).toBe((v1?.length ?? 0) + 2 * "beta1".length);
  });

  test("frames the events of a watch with their lengths", () => {
    const { frameBytes } = format.stream;
    const object = json({ kind: "ConfigMap", apiVersion: "v1" });
    const bytes = Buffer.from(format.stream.event("ADDED", object));
    expect(bytes.readUInt32BE()).toBe(bytes.length - frameBytes);
    const envelope = hex(format.document(object));
    const length = (envelope.length / 2).toString(16);
    const raw = `0a${length}${envelope}`;
    expect(hex(bytes.subarray(frameBytes))).toBe(
      `0a05${Buffer.from("ADDED").toString("hex")}12${(raw.length / 2).toString(16)}${raw}`,
    );
  });
});

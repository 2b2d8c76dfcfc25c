import { describe, expect, test } from "bun:test";
import { jsonFormat } from "./json-format.ts";
import { metadataFormat } from "./metadata-format.ts";
import { yamlFormat } from "./yaml-format.ts";

const API_VERSION = "meta.k8s.io/v1beta1";
const format = metadataFormat(jsonFormat, API_VERSION);

const object = { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "a" }, data: { b: "c" } };
const reduced = { kind: "PartialObjectMetadata", apiVersion: API_VERSION, metadata: { name: "a" } };
const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" };

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const parse = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());

describe("metadataFormat", () => {
  test("writes the metadata of an object", () => {
    expect(parse(format.document(json(object)))).toEqual(reduced);
  });

  test("leaves a Status alone", () => {
    expect(parse(format.document(json(status)))).toEqual(status);
    expect(parse(format.stream?.event("ERROR", json(status)) ?? json(null))).toMatchObject({
      object: status,
    });
  });

  test("writes events with the metadata of their objects", () => {
    expect(parse(format.stream?.event("ADDED", json(object)) ?? json(null))).toEqual({
      type: "ADDED",
      object: reduced,
    });
  });

  test("writes lists, and says for each item what it is", () => {
    const head = { kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion: "1" } };
    const list = { head, items: [json(object), json(object)], pieces: () => [] as never };
    const wanted = {
      kind: "PartialObjectMetadataList",
      apiVersion: API_VERSION,
      metadata: { resourceVersion: "1" },
      items: [reduced, reduced],
    };
    const pieces = format.list(list) as Iterable<Uint8Array>;
    expect(parse(Buffer.concat([...pieces]))).toEqual(wanted);
    const yaml = Buffer.from(metadataFormat(yamlFormat, API_VERSION).list(list) as Uint8Array).toString();
    expect(yaml).toStartWith(`apiVersion: ${API_VERSION}\nitems:\n- apiVersion: ${API_VERSION}\n`);
  });

  test("has no stream where its format has none", () => {
    expect(metadataFormat(yamlFormat, API_VERSION).stream).toBeUndefined();
  });
});

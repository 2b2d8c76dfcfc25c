import { describe, expect, test } from "bun:test";
import {
  negotiateOutput,
  notStreamable,
  type OutputFormat,
  type OutputWishes,
  PLAIN_DOCUMENTS,
  resourceDocuments,
} from "./output-format.ts";

const TABLE = "as=Table;v=v1;g=meta.k8s.io";
const METADATA = "as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
const PROTOBUF = "application/vnd.kubernetes.protobuf";
const NOTHING_ELSE =
  "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf";

const nobody: OutputWishes = { accept: undefined, userAgent: undefined, pretty: null };

describe("negotiateOutput", () => {
  const cases: { name: string; wishes: Partial<OutputWishes>; want: Partial<OutputFormat> }[] = [
    { name: "JSON without a wish", wishes: {}, want: {} },
    { name: "JSON for anything", wishes: { accept: "*/*" }, want: {} },
    { name: "JSON for any application", wishes: { accept: "text/html, application/*;q=0.5" }, want: {} },
    {
      name: "YAML when asked",
      wishes: { accept: "application/yaml" },
      want: { mediaType: "application/yaml" },
    },
    {
      name: "the better of two",
      wishes: { accept: "application/json;q=0.5, application/yaml" },
      want: { mediaType: "application/yaml" },
    },
    {
      name: "protobuf for client-go",
      wishes: { accept: `${PROTOBUF},application/json` },
      want: { mediaType: PROTOBUF },
    },
    {
      name: "CBOR when asked",
      wishes: { accept: "application/cbor, application/json;q=0.9" },
      want: { mediaType: "application/cbor" },
    },
    {
      name: "a table for kubectl",
      wishes: { accept: `application/json;${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io` },
      want: { transform: { kind: "Table", version: "v1" } },
    },
    {
      name: "the next clause behind a table in protobuf",
      wishes: { accept: `${PROTOBUF};${TABLE},application/json;${TABLE}` },
      want: { transform: { kind: "Table", version: "v1" } },
    },
    {
      name: "JSON for a table in any application",
      wishes: { accept: `application/*;${TABLE}` },
      want: { transform: { kind: "Table", version: "v1" } },
    },
    {
      name: "metadata for the garbage collector",
      wishes: { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io" },
      want: { transform: { kind: "PartialObjectMetadataList", version: "v1" } },
    },
    {
      name: "the next clause behind an unknown transformation",
      wishes: { accept: "application/json;as=Chart;v=v1;g=meta.k8s.io,application/json" },
      want: {},
    },
    {
      name: "the next clause behind half a transformation",
      wishes: { accept: "application/json;as=Table,application/json" },
      want: {},
    },
    { name: "indented text for people", wishes: { userAgent: "curl/8.0" }, want: { pretty: true } },
    { name: "plain text for people who ask", wishes: { userAgent: "curl/8.0", pretty: "false" }, want: {} },
    { name: "plain text for a nonsensical wish", wishes: { userAgent: "Wget", pretty: "yes" }, want: {} },
    { name: "indented text when asked", wishes: { pretty: "true" }, want: { pretty: true } },
    {
      name: "indented text when asked in the header",
      wishes: { accept: "application/json;pretty=1", pretty: "false" },
      want: { pretty: true },
    },
    { name: "watches", wishes: { accept: "application/json;stream=watch" }, want: {} },
    {
      name: "the version of options that there is",
      wishes: { accept: "application/yaml;sv=v2,application/json;sv=v1" },
      want: {},
    },
    {
      name: "what is behind a stream that there is not",
      wishes: { accept: "application/yaml;stream=watch,application/json;stream=log,application/json" },
      want: {},
    },
  ];
  test.each(cases)("chooses $name", ({ wishes, want }) => {
    expect(negotiateOutput({ ...nobody, ...wishes })).toEqual({
      mediaType: "application/json",
      pretty: false,
      ...want,
    });
  });

  test.each([
    "text/html",
    "application/json;as=Chart;v=v1;g=meta.k8s.io",
    `${PROTOBUF};${TABLE}`,
    `application/cbor;${TABLE}`,
    "nonsense",
    "Application/JSON",
  ])("refuses %s", (accept) => {
    expect(() => negotiateOutput({ ...nobody, accept })).toThrow(NOTHING_ELSE);
  });
});

describe("custom resources", () => {
  const custom = resourceDocuments({ builtIn: false });

  test.each([
    { accept: `${PROTOBUF},application/json`, mediaType: "application/json" },
    { accept: `${PROTOBUF};${METADATA},application/json;${METADATA}`, mediaType: PROTOBUF },
    { accept: "application/cbor", mediaType: "application/cbor" },
  ])("are written in $mediaType for $accept", ({ accept, mediaType }) => {
    expect(negotiateOutput({ ...nobody, accept }, custom).mediaType).toBe(mediaType);
  });

  test("have no protobuf form, although it is among what is announced", () => {
    expect(() => negotiateOutput({ ...nobody, accept: PROTOBUF }, custom)).toThrow(NOTHING_ELSE);
  });
});

test.each([`application/json;${TABLE}`, "application/json;sv=v1"])("no plain document is %s", (accept) => {
  expect(() => negotiateOutput({ ...nobody, accept }, PLAIN_DOCUMENTS)).toThrow(NOTHING_ELSE);
});

test("what watches can be had in is announced as streams", () => {
  expect(notStreamable().message).toBe(
    "only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch",
  );
});

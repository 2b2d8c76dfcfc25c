import { describe, expect, test } from "bun:test";
import { negotiateOutput, type OutputFormat, type OutputWishes } from "./output-format.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

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
      name: "what it knows of what client-go asks for",
      wishes: { accept: "application/vnd.kubernetes.protobuf,application/json" },
      want: {},
    },
    {
      name: "a table for kubectl",
      wishes: { accept: `${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json` },
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
    { name: "indented text for people", wishes: { userAgent: "curl/8.0" }, want: { pretty: true } },
    { name: "plain text for people who ask", wishes: { userAgent: "curl/8.0", pretty: "false" }, want: {} },
    { name: "indented text when asked", wishes: { pretty: "true" }, want: { pretty: true } },
    { name: "watches", wishes: { accept: "application/json;stream=watch" }, want: {} },
  ];
  test.each(cases)("chooses $name", ({ wishes, want }) => {
    const format = negotiateOutput({ accept: undefined, userAgent: undefined, pretty: null, ...wishes });
    expect(format).toEqual({ mediaType: "application/json", pretty: false, ...want });
  });

  test.each(["text/html", "application/json;as=Chart;v=v1;g=meta.k8s.io", "nonsense"])(
    "refuses %s",
    (accept) => {
      expect(() => negotiateOutput({ accept, userAgent: undefined, pretty: null })).toThrow(
        "only the following media types are accepted: application/json, application/yaml",
      );
    },
  );
});

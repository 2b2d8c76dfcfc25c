import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { partialMetadata } from "./partial-metadata.ts";

const API_VERSION = "meta.k8s.io/v1";

function reduce(object: object): unknown {
  return JSON.parse(partialMetadata(Buffer.from(JSON.stringify(object)), API_VERSION).toString());
}

describe("partialMetadata", () => {
  const tricky = fc.oneof(fc.string(), fc.constantFrom('"metadata":{', "{", "}", '"', "\\", '\\"'));

  test("is the metadata of any object, wherever it stands", () => {
    fc.assert(
      fc.property(tricky, fc.dictionary(tricky, fc.jsonValue()), fc.jsonValue(), (kind, metadata, spec) => {
        const wanted: unknown = JSON.parse(
          JSON.stringify({ kind: "PartialObjectMetadata", apiVersion: API_VERSION, metadata }),
        );
        expect(reduce({ kind, apiVersion: "v1", metadata, spec })).toEqual(wanted);
        expect(reduce({ spec, metadata, kind })).toEqual(wanted);
      }),
    );
  });

  test("is empty for an object without any", () => {
    expect(reduce({ kind: "A", apiVersion: "v1" })).toMatchObject({ metadata: {} });
  });
});

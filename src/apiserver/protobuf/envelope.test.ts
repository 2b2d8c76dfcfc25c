import { describe, expect, test } from "bun:test";
import { WireWriter } from "#testing/wire-writer.ts";
import { decodeEnvelope } from "./envelope.ts";
import { WireError } from "./wire-reader.ts";

const PREFIX = Buffer.from("k8s\0");

describe("decodeEnvelope", () => {
  test("reads what the envelope says and what is in it", () => {
    const typeMeta = new WireWriter().text(1, "apps/v1").text(2, "Deployment");
    const envelope = new WireWriter().message(1, typeMeta).text(2, "raw").text(4, "type");
    expect(decodeEnvelope(Buffer.concat([PREFIX, envelope.finish()]))).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      raw: Buffer.from("raw"),
    });
  });

  test("leaves open what the envelope does not say", () => {
    const bytes = Buffer.concat([PREFIX, new WireWriter().flag(9).finish()]);
    expect(decodeEnvelope(bytes)).toEqual({ apiVersion: "", kind: "", raw: Buffer.alloc(0) });
  });

  const faults: { name: string; bytes: Buffer; reason: string }[] = [
    { name: "nothing", bytes: Buffer.alloc(0), reason: "empty data" },
    { name: "nothing but the prefix", bytes: PREFIX, reason: "empty body" },
    {
      name: "JSON",
      bytes: Buffer.from("{}"),
      reason: "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
    },
    {
      name: "half a message",
      bytes: Buffer.concat([PREFIX, Buffer.from([0x0a, 9])]),
      reason: "unexpected EOF",
    },
  ];
  test.each(faults)("refuses $name", ({ bytes, reason }) => {
    expect(() => decodeEnvelope(bytes)).toThrow(new WireError(reason));
  });
});

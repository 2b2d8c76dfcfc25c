import { expect, test } from "bun:test";
import { BuiltInSchemas } from "#api/schemas.ts";
import facts from "../facts/protobuf-digests.json";
import { protobufDigests } from "./protobuf-digests.ts";

/** Made by `scripts/check-protobuf.ts`, by an encoder that wrote what Kubernetes writes for every kind. */
const verified: Readonly<Record<string, string>> = facts;

test("protobuf is that of Kubernetes to the byte", () => {
  expect(protobufDigests(new BuiltInSchemas())).toEqual({ ...verified });
});

/**
 * Compares the protobuf of this server with that of Kubernetes, byte by byte, and writes what `protobuf-digests.test.ts`
 * compares with if there is no difference.
 *
 * Input is the folder `testdata/HEAD` of k8s.io/api in the release that the generated facts are from. It has every kind
 * with all fields set, as JSON and as protobuf.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BuiltInSchemas } from "#api/schemas.ts";
import { ObjectDecoder } from "#apiserver/protobuf/object-decoder.ts";
import { ProtobufFormat } from "#apiserver/protobuf/protobuf-format.ts";
import { wireKinds } from "#testing/wire-kinds.ts";
import { protobufDigests } from "../test/conformance/wire/protobuf-digests.ts";

const DIGESTS = join(import.meta.dirname, "../test/conformance/facts/protobuf-digests.json");

const { positionals } = parseArgs({ allowPositionals: true });
const [directory] = positionals;
if (directory === undefined) throw new Error("usage: check-protobuf.ts DIRECTORY");

const schemas = new BuiltInSchemas();
const encoder = new ProtobufFormat(schemas);
const decoder = new ObjectDecoder(schemas);
const kinds = new Map(wireKinds(schemas).map(({ name, gvk }) => [name, gvk]));

let compared = 0;
let differences = 0;
for (const file of await readdir(directory)) {
  if (!file.endsWith(".json")) continue;
  const object = (await Bun.file(join(directory, file)).json()) as { apiVersion: string; kind: string };
  const gvk = kinds.get(`${object.apiVersion}/${object.kind}`);
  if (gvk === undefined) continue;
  const bytes = Buffer.from(await Bun.file(join(directory, file.replace(/json$/, "pb"))).arrayBuffer());
  const isWritten = bytes.equals(encoder.document(Buffer.from(JSON.stringify(object))));
  const isRead = Bun.deepEquals(decoder.decode(bytes, gvk), object);
  compared += 1;
  if (isWritten && isRead) continue;
  differences += 1;
  console.error(`${file}: ${isWritten ? "not read" : "not written"} as Kubernetes does`);
}
console.log(`${compared} kinds compared, ${differences} differ`);
if (differences > 0 || compared === 0) process.exit(1);
await Bun.write(DIGESTS, `${JSON.stringify(protobufDigests(schemas), null, 2)}\n`);

import type { BuiltInSchemas } from "#api/schemas.ts";
import { formatApiVersion } from "#apimachinery/meta.ts";
import { ProtobufFormat } from "#apiserver/protobuf/protobuf-format.ts";
import { kindObject } from "#testing/kind-values.ts";
import { seededRandom } from "#testing/seeded-random.ts";
import { wireKinds } from "#testing/wire-kinds.ts";

/** Objects with no fields, with few, and with most of them. */
const DENSITIES = [0, 0.1, 0.2, 0.4, 0.6, 0.9];

/** Hashes of what the encoder makes of objects that are the same each time, by kind. */
export function protobufDigests(schemas: BuiltInSchemas): Readonly<Record<string, string>> {
  const format = new ProtobufFormat(schemas);
  const digests = wireKinds(schemas).map(({ name, gvk, schema }) => {
    const hash = new Bun.CryptoHasher("sha256");
    for (const [seed, density] of DENSITIES.entries()) {
      const value = kindObject(schema, { random: seededRandom(seed), density });
      const object = { apiVersion: formatApiVersion(gvk), kind: gvk.kind, ...value };
      hash.update(format.document(Buffer.from(JSON.stringify(object))));
    }
    return [name, hash.digest("hex").slice(0, 16)] as const;
  });
  return Object.fromEntries(digests);
}

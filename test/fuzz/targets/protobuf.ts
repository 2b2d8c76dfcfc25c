import { BuiltInSchemas } from "#api/schemas.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { ObjectDecodeError, ObjectDecoder } from "#apiserver/protobuf/object-decoder.ts";
import { ProtobufFormat } from "#apiserver/protobuf/protobuf-format.ts";
import { WireError } from "#apiserver/protobuf/wire-reader.ts";
import { kindObject } from "#testing/kind-values.ts";
import { seededRandom } from "#testing/seeded-random.ts";
import { wireKinds } from "#testing/wire-kinds.ts";
import { bytesTarget, ensureSame } from "../engine/target.ts";

const SEEDED_KINDS = [
  "v1/Pod",
  "v1/ConfigMap",
  "v1/Secret",
  "v1/Event",
  "v1/Status",
  "apps/v1/Deployment",
  "autoscaling/v2/HorizontalPodAutoscaler",
  "apiextensions.k8s.io/v1/CustomResourceDefinition",
];

const schemas = new BuiltInSchemas();
const kinds = wireKinds(schemas);
const codec = new Codec();
const format = new ProtobufFormat(schemas);

/** The envelope of protobuf and the messages of all kinds. */
export const target = bytesTarget({
  seeds: SEEDED_KINDS.map(seedOf),
  dictionary: ["k8s\0", "\n\u0002v1", "\u0012\u0003Pod", "\u007f", "1Gi", "null", "{}"],
  maxBytes: 8 * 1024,
  refusals: [WireError, ObjectDecodeError, StatusError],
  open: () => {
    const decoder = new ObjectDecoder(schemas);
    const pod = kindOf("v1/Pod");
    return (bytes) => {
      const decoded = decoder.decode(bytes, pod.gvk) as {
        readonly apiVersion: string;
        readonly kind: string;
      };
      const name = `${decoded.apiVersion}/${decoded.kind}`;
      const kind = kinds.find((each) => each.name === name);
      if (kind === undefined) return undefined;
      const normalize = (value: object): string =>
        JSON.stringify(codec.decode(kind.schema, value, { gvk: kind.gvk }).object);
      const stored = normalize(decoded);
      return () => {
        const written = Buffer.from(format.document(Buffer.from(stored)));
        const again = normalize(decoder.decode(written, kind.gvk));
        ensureSame(JSON.parse(again), JSON.parse(stored), "What is written is read back");
      };
    };
  },
});

function kindOf(name: string) {
  const kind = kinds.find((each) => each.name === name);
  if (kind === undefined) throw new RangeError(`No kind "${name}"`);
  return kind;
}

function seedOf(name: string): Uint8Array {
  const { schema, gvk } = kindOf(name);
  const value = kindObject(schema, { random: seededRandom(2), density: 0.1 });
  const { object } = codec.decode(schema, value, { gvk, fieldValidation: "Ignore" });
  return format.document(Buffer.from(JSON.stringify(object)));
}

import { decode } from "cborg";
import { BuiltInSchemas } from "#api/schemas.ts";
import { CborFormat } from "#apiserver/cbor/cbor-format.ts";
import { CborError } from "#apiserver/cbor/cbor-head.ts";
import { decodeCbor } from "#apiserver/cbor/decode-cbor.ts";
import { attempt, bytesTarget, ensureSame } from "../engine/target.ts";
import { isPlainJson, numbersOf } from "../laws/json-values.ts";

const OPTIONS = {
  rejectDuplicateMapKeys: true,
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
};

/** CBOR items, beside what `cborg` makes of them. */
export const target = bytesTarget({
  seeds: [
    "d9d9f7a2616101426262f6",
    "9f0118ff1901001a000100001b00200000000000003903e7ff",
    "bf6161f4616260ff",
    "f97e00f93c00fa47c35000fb3ff199999999999a",
    "c074323031332d30332d32315432303a30343a30305ac11a514b67b0c1fb41d452d9ec200000",
    "7f6161626262ff5f4101ff",
    "d542fffed642fffed742fffe",
    "1b7fffffffffffffff3b7fffffffffffffff",
    "c249010000000000000000",
    "f818f7e0ff",
  ].map((hex) => Buffer.from(hex, "hex")),
  dictionary: ["a", "\u007f\u0061", "\u0000", "__proto__"],
  refusals: [CborError],
  open: () => {
    const format = new CborFormat(new BuiltInSchemas());
    return (bytes) => {
      const value = decodeCbor(bytes);
      return () => {
        const json = JSON.stringify([value]);
        const written = Buffer.from(format.document(Buffer.from(json)));
        ensureSame(JSON.stringify(decodeCbor(written)), json, "What is written is read back");
        const other = attempt([Error], () => ({ value: decode(bytes, OPTIONS) as unknown }));
        if (other !== undefined && isPlainJson(other.value))
          ensureSame(numbersOf(value), numbersOf(other.value), "Another implementation reads the same");
      };
    };
  },
});

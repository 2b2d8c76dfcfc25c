import { WireReader } from "#apiserver/protobuf/wire-reader.ts";

const VARINT = 0;

/** The values at the end of a chain of field numbers of a protobuf message, as texts. */
export function textsAt(message: Buffer, [wanted = 0, ...rest]: readonly number[]): readonly string[] {
  const reader = new WireReader(message);
  const texts: string[] = [];
  while (!reader.isAtEnd) {
    const { field, wireType } = reader.readTag();
    const isScalar = wireType === VARINT;
    const value = isScalar ? String(reader.readUnsigned()) : reader.readBytes();
    if (field !== wanted) continue;
    texts.push(
      ...(typeof value === "string" || rest.length === 0 ? [value.toString()] : textsAt(value, rest)),
    );
  }
  return texts;
}

import type { Verdict } from "../../nft/expression.ts";
import type { ByteString, SetDefinition } from "../../nft/ruleset.ts";
import type { MessageWriter } from "../message-writer.ts";
import {
  DATA_VALUE,
  ELEMENT_DATA,
  ELEMENT_KEY,
  ELEMENT_LIST_ELEMENTS,
  ELEMENT_LIST_SET,
  ELEMENT_LIST_TABLE,
  LIST_ELEMENT,
} from "./protocol.ts";
import { writeVerdict } from "./verdict.ts";

/** The list of elements is one attribute, whose length has 16 bits; an element is much shorter than the reserve. */
const LARGEST_ELEMENT_LIST = 0xffff - 1024;

export interface ElementMessages {
  readonly table: string;
  readonly set: string;
  /** Begins a message; called as often as it takes. */
  readonly begin: () => MessageWriter;
}

/** Writes elements, or with values of the kind `undefined` only their keys, into as many messages as it takes. */
export function writeElements(
  elements: Iterable<readonly [key: ByteString, value: ByteString]>,
  kind: SetDefinition["value"],
  { table, set, begin }: ElementMessages,
): void {
  let writer: MessageWriter | undefined;
  let list = 0;
  for (const [key, value] of elements) {
    if (writer !== undefined && writer.length - list > LARGEST_ELEMENT_LIST) {
      writer.end(list);
      writer = undefined;
    }
    if (writer === undefined) {
      writer = begin().string(ELEMENT_LIST_TABLE, table).string(ELEMENT_LIST_SET, set);
      list = writer.begin(ELEMENT_LIST_ELEMENTS);
    }
    writeElement(writer, key, value, kind);
  }
  writer?.end(list);
}

function writeElement(
  writer: MessageWriter,
  key: ByteString,
  value: ByteString,
  kind: SetDefinition["value"],
): void {
  const element = writer.begin(LIST_ELEMENT);
  const keyData = writer.begin(ELEMENT_KEY);
  writer.byteString(DATA_VALUE, key).end(keyData);
  if (kind !== undefined) {
    const data = writer.begin(ELEMENT_DATA);
    // The elements of a verdict map hold verdict texts.
    if (kind === "verdict") writeVerdict(writer, value as Verdict);
    else writer.byteString(DATA_VALUE, value);
    writer.end(data);
  }
  writer.end(element);
}

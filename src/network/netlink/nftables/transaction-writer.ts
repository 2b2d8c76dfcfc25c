import { assertNever } from "#base/assert-never.ts";
import { sizeOfTypes } from "../../nft/element-type.ts";
import type { Verdict } from "../../nft/expression.ts";
import type { BaseHook, ByteString, Rule, SetDefinition, TableName } from "../../nft/ruleset.ts";
import type { NftOperation, NftTransaction } from "../../nft/transaction.ts";
import { MessageWriter } from "../message-writer.ts";
import { FLAG_ACK, FLAG_APPEND, FLAG_CREATE, FLAG_EXCLUSIVE } from "../protocol.ts";
import { encodeTypes } from "./element-type-codec.ts";
import { writeExpressions } from "./expression-codec.ts";
import { batchMessage, HOOK_NUMBERS, nftMessage } from "./nft-message.ts";
import {
  CHAIN_HOOK,
  CHAIN_NAME,
  CHAIN_TABLE,
  CHAIN_TYPE,
  DATA_TYPE_VERDICT,
  DATA_VALUE,
  DELCHAIN,
  DELRULE,
  DELSET,
  DELSETELEM,
  DELTABLE,
  ELEMENT_DATA,
  ELEMENT_KEY,
  ELEMENT_LIST_ELEMENTS,
  ELEMENT_LIST_SET,
  ELEMENT_LIST_TABLE,
  HOOK_HOOKNUM,
  HOOK_PRIORITY,
  LIST_ELEMENT,
  NEWCHAIN,
  NEWRULE,
  NEWSET,
  NEWSETELEM,
  NEWTABLE,
  NFNL_MSG_BATCH_BEGIN,
  NFNL_MSG_BATCH_END,
  RULE_CHAIN,
  RULE_EXPRESSIONS,
  RULE_TABLE,
  RULE_USERDATA,
  SET_DATA_LENGTH,
  SET_DATA_TYPE,
  SET_DESCRIPTION,
  SET_DESCRIPTION_SIZE,
  SET_FLAG_EVAL,
  SET_FLAG_MAP,
  SET_FLAG_TIMEOUT,
  SET_FLAGS,
  SET_ID,
  SET_KEY_LENGTH,
  SET_KEY_TYPE,
  SET_NAME,
  SET_TABLE,
  TABLE_NAME,
} from "./protocol.ts";
import { writeVerdict } from "./verdict.ts";

/** The list of elements is one attribute, whose length has 16 bits; an element is much shorter than the reserve. */
const LARGEST_ELEMENT_LIST = 0xffff - 1024;

/** What packets may add is limited, or a flood of them would fill the memory; the limit is that of the `nft` tool. */
const DYNAMIC_SET_SIZE = 65_535;

/** A comment in the user data of a rule, as libnftnl writes it (enum nftnl_udata_rule_types). */
const UDATA_COMMENT = 0;

export interface EncodedTransaction {
  readonly writer: MessageWriter;
  /** For each message the operation that it carries out; undefined for the two that frame the batch. */
  readonly operations: readonly (NftOperation | undefined)[];
}

/** The messages of a transaction. The last operation asks for an acknowledgement. */
export function encodeTransaction({ table, operations }: NftTransaction): EncodedTransaction {
  const writer = new MessageWriter();
  const carried: (NftOperation | undefined)[] = [undefined];
  batchMessage(writer, NFNL_MSG_BATCH_BEGIN);
  for (const operation of operations) {
    writeOperation(writer, table, operation);
    while (carried.length < writer.count) carried.push(operation);
  }
  if (operations.length > 0) writer.addFlags(FLAG_ACK);
  batchMessage(writer, NFNL_MSG_BATCH_END);
  return { writer, operations: [...carried, undefined] };
}

function writeOperation(writer: MessageWriter, { family, name }: TableName, operation: NftOperation): void {
  const begin = (type: number, flags = 0): MessageWriter => nftMessage(writer, type, family, flags);
  switch (operation.type) {
    case "addTable":
      begin(NEWTABLE, FLAG_CREATE).string(TABLE_NAME, name);
      return;
    case "deleteTable":
      begin(DELTABLE).string(TABLE_NAME, name);
      return;
    case "addSet":
      begin(NEWSET, FLAG_CREATE | FLAG_EXCLUSIVE)
        .string(SET_TABLE, name)
        .string(SET_NAME, operation.set);
      writeDefinition(writer, operation.definition);
      return;
    case "deleteSet":
      begin(DELSET).string(SET_TABLE, name).string(SET_NAME, operation.set);
      return;
    case "addChain":
      begin(NEWCHAIN, FLAG_CREATE).string(CHAIN_TABLE, name).string(CHAIN_NAME, operation.chain);
      if (operation.hook !== undefined) writeHook(writer, operation.hook);
      return;
    case "flushChain":
      begin(DELRULE).string(RULE_TABLE, name).string(RULE_CHAIN, operation.chain);
      return;
    case "deleteChain":
      begin(DELCHAIN).string(CHAIN_TABLE, name).string(CHAIN_NAME, operation.chain);
      return;
    case "addRule":
      begin(NEWRULE, FLAG_CREATE | FLAG_APPEND)
        .string(RULE_TABLE, name)
        .string(RULE_CHAIN, operation.chain);
      writeRule(writer, operation.rule);
      return;
    case "addElements":
      writeElements(
        operation.elements,
        () => beginElements(begin(NEWSETELEM, FLAG_CREATE), name, operation.set),
        {
          writer,
          isVerdictMap: operation.definition.value === "verdict",
          hasValues: operation.definition.value !== undefined,
        },
      );
      return;
    case "deleteElements":
      writeElements(
        operation.keys.map((key) => [key, ""] as const),
        () => beginElements(begin(DELSETELEM), name, operation.set),
        { writer, isVerdictMap: false, hasValues: false },
      );
      return;
    default:
      assertNever(operation);
  }
}

function writeDefinition(writer: MessageWriter, { key, value, dynamic }: SetDefinition): void {
  const flags =
    (value === undefined ? 0 : SET_FLAG_MAP) | (dynamic === true ? SET_FLAG_EVAL | SET_FLAG_TIMEOUT : 0);
  writer
    .be32(SET_FLAGS, flags)
    .be32(SET_KEY_TYPE, encodeTypes(key))
    .be32(SET_KEY_LENGTH, sizeOfTypes(key))
    .be32(SET_ID, 1);
  if (dynamic === true) {
    const description = writer.begin(SET_DESCRIPTION);
    writer.be32(SET_DESCRIPTION_SIZE, DYNAMIC_SET_SIZE).end(description);
  }
  if (value === "verdict") writer.be32(SET_DATA_TYPE, DATA_TYPE_VERDICT);
  else if (value !== undefined) {
    writer.be32(SET_DATA_TYPE, encodeTypes(value)).be32(SET_DATA_LENGTH, sizeOfTypes(value));
  }
}

function writeHook(writer: MessageWriter, { type, hook, priority }: BaseHook): void {
  const position = writer.begin(CHAIN_HOOK);
  writer.be32(HOOK_HOOKNUM, HOOK_NUMBERS[hook]).be32(HOOK_PRIORITY, priority).end(position);
  writer.string(CHAIN_TYPE, type);
}

function writeRule(writer: MessageWriter, { expressions, comment }: Rule): void {
  const list = writer.begin(RULE_EXPRESSIONS);
  writeExpressions(writer, expressions);
  writer.end(list);
  if (comment !== undefined) {
    const text = new TextEncoder().encode(`${comment}\0`);
    writer.binary(RULE_USERDATA, Uint8Array.of(UDATA_COMMENT, text.length, ...text));
  }
}

function beginElements(writer: MessageWriter, table: string, set: string): number {
  return writer.string(ELEMENT_LIST_TABLE, table).string(ELEMENT_LIST_SET, set).begin(ELEMENT_LIST_ELEMENTS);
}

interface ElementOptions {
  readonly writer: MessageWriter;
  readonly isVerdictMap: boolean;
  readonly hasValues: boolean;
}

/** Writes as many messages as it takes, each begun with `begin`. */
function writeElements(
  elements: readonly (readonly [key: ByteString, value: ByteString])[],
  begin: () => number,
  options: ElementOptions,
): void {
  const { writer } = options;
  let list: number | undefined;
  for (const [key, value] of elements) {
    if (list !== undefined && writer.length - list > LARGEST_ELEMENT_LIST) {
      writer.end(list);
      list = undefined;
    }
    list ??= begin();
    writeElement(key, value, options);
  }
  if (list !== undefined) writer.end(list);
}

function writeElement(
  key: ByteString,
  value: ByteString,
  { writer, isVerdictMap, hasValues }: ElementOptions,
): void {
  const element = writer.begin(LIST_ELEMENT);
  const keyData = writer.begin(ELEMENT_KEY);
  writer.byteString(DATA_VALUE, key).end(keyData);
  if (hasValues) {
    const data = writer.begin(ELEMENT_DATA);
    // The elements of a verdict map hold verdict texts.
    if (isVerdictMap) writeVerdict(writer, value as Verdict);
    else writer.byteString(DATA_VALUE, value);
    writer.end(data);
  }
  writer.end(element);
}

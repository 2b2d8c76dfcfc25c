import { assertNever } from "#base/assert-never.ts";
import { sizeOfTypes } from "../../nft/element-type.ts";
import type { BaseHook, Rule, SetDefinition, TableName } from "../../nft/ruleset.ts";
import type { NftOperation, NftTransaction } from "../../nft/transaction.ts";
import { MessageWriter } from "../message-writer.ts";
import { FLAG_ACK, FLAG_APPEND, FLAG_CREATE, FLAG_EXCLUSIVE } from "../protocol.ts";
import { encodeTypes } from "./element-type-codec.ts";
import { writeElements } from "./element-writer.ts";
import { batchMessage, HOOK_NUMBERS, nftMessage } from "./nft-message.ts";
import {
  CHAIN_HOOK,
  CHAIN_NAME,
  CHAIN_TABLE,
  CHAIN_TYPE,
  DATA_TYPE_VERDICT,
  DELCHAIN,
  DELRULE,
  DELSET,
  DELSETELEM,
  DELTABLE,
  HOOK_HOOKNUM,
  HOOK_PRIORITY,
  NEWCHAIN,
  NEWRULE,
  NEWSET,
  NEWSETELEM,
  NEWTABLE,
  NFNL_MSG_BATCH_BEGIN,
  NFNL_MSG_BATCH_END,
  RULE_CHAIN,
  RULE_HANDLE,
  RULE_TABLE,
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
import { writeRule } from "./rule-writer.ts";

/** What packets may add is limited, or a flood of them would fill the memory; the limit is that of the `nft` tool. */
const DYNAMIC_SET_SIZE = 65_535;

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

export interface RuleChange {
  readonly chain: string;
  readonly change:
    | { readonly type: "insert"; readonly rule: Rule }
    | { readonly type: "delete"; readonly handle: bigint };
}

/** The messages of a change of one rule in a chain that keeps its other rules. */
export function encodeRuleChange(
  { family, name }: TableName,
  { chain, change }: RuleChange,
): EncodedTransaction {
  const writer = new MessageWriter();
  batchMessage(writer, NFNL_MSG_BATCH_BEGIN);
  const isInsertion = change.type === "insert";
  nftMessage(writer, isInsertion ? NEWRULE : DELRULE, family, isInsertion ? FLAG_CREATE | FLAG_ACK : FLAG_ACK)
    .string(RULE_TABLE, name)
    .string(RULE_CHAIN, chain);
  if (isInsertion) writeRule(writer, change.rule);
  else writer.be64(RULE_HANDLE, change.handle);
  batchMessage(writer, NFNL_MSG_BATCH_END);
  return { writer, operations: [undefined, undefined, undefined] };
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
    case "addElements": {
      const { set, definition, elements } = operation;
      writeElements(elements, definition.value, {
        table: name,
        set,
        begin: () => begin(NEWSETELEM, FLAG_CREATE),
      });
      return;
    }
    case "deleteElements": {
      const { set, keys } = operation;
      const elements = keys.map((key) => [key, ""] as const);
      writeElements(elements, undefined, { table: name, set, begin: () => begin(DELSETELEM) });
      return;
    }
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

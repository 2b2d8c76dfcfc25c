import { sizeOfTypes } from "../../nft/element-type.ts";
import type {
  BaseHook,
  ByteString,
  Chain,
  Hook,
  NftSet,
  Rule,
  Ruleset,
  SetDefinition,
  TableName,
} from "../../nft/ruleset.ts";
import { Attributes } from "../attributes.ts";
import type { MessageWriter } from "../message-writer.ts";
import type { NetlinkSocket } from "../socket.ts";
import { decodeTypes } from "./element-type-codec.ts";
import { readExpressions } from "./expression-codec.ts";
import { HOOK_NUMBERS, nftPayload, nftRequest } from "./nft-message.ts";
import {
  CHAIN_HOOK,
  CHAIN_NAME,
  CHAIN_TABLE,
  CHAIN_TYPE,
  DATA_TYPE_VERDICT,
  DATA_VALUE,
  ELEMENT_DATA,
  ELEMENT_KEY,
  ELEMENT_LIST_ELEMENTS,
  ELEMENT_LIST_SET,
  ELEMENT_LIST_TABLE,
  GETCHAIN,
  GETRULE,
  GETSET,
  GETSETELEM,
  GETTABLE,
  HOOK_HOOKNUM,
  HOOK_PRIORITY,
  RULE_CHAIN,
  RULE_EXPRESSIONS,
  RULE_TABLE,
  RULE_USERDATA,
  SET_DATA_LENGTH,
  SET_DATA_TYPE,
  SET_FLAG_ANONYMOUS,
  SET_FLAG_EVAL,
  SET_FLAG_MAP,
  SET_FLAG_TIMEOUT,
  SET_FLAGS,
  SET_KEY_LENGTH,
  SET_KEY_TYPE,
  SET_NAME,
  SET_TABLE,
  TABLE_NAME,
} from "./protocol.ts";
import { readVerdict } from "./verdict.ts";

/** The definition of a set whose types or flags are none of ours: equal to no definition that is planned. */
const FOREIGN_DEFINITION: SetDefinition = { key: [] };

/** Reads a table with all that is in it, elements of dynamic sets excepted. Undefined when there is none. */
export function readTable(socket: NetlinkSocket, table: TableName): Ruleset | undefined {
  if (!hasTable(socket, table)) return undefined;
  return { table, sets: readSets(socket, table), chains: readChains(socket, table) };
}

function hasTable(socket: NetlinkSocket, { family, name }: TableName): boolean {
  return socket
    .dump(() => nftRequest(GETTABLE, family, () => undefined), "list tables")
    .some((message) => new Attributes(nftPayload(message)).string(TABLE_NAME) === name);
}

function readSets(socket: NetlinkSocket, table: TableName): ReadonlyMap<string, NftSet> {
  const sets = new Map<string, NftSet>();
  for (const attributes of dumpOf(socket, GETSET, table, SET_TABLE)) {
    // Anonymous sets live and die with the rule that names them, and no rule of ours does.
    if (((attributes.be32(SET_FLAGS) ?? 0) & SET_FLAG_ANONYMOUS) !== 0) continue;
    const name = attributes.string(SET_NAME) ?? "";
    const definition = readDefinition(attributes);
    const elements = definition.dynamic === true ? new Map() : readElements(socket, table, name, definition);
    sets.set(name, { definition, elements });
  }
  return sets;
}

function readDefinition(attributes: Attributes): SetDefinition {
  const flags = attributes.be32(SET_FLAGS) ?? 0;
  const key = decodeTypes(attributes.be32(SET_KEY_TYPE) ?? 0);
  const isDynamic = flags === (flags & SET_FLAG_MAP) + SET_FLAG_TIMEOUT + SET_FLAG_EVAL;
  const isOurs = isDynamic || flags === (flags & SET_FLAG_MAP);
  if (!isOurs || key === undefined || sizeOfTypes(key) !== attributes.be32(SET_KEY_LENGTH)) {
    return FOREIGN_DEFINITION;
  }
  const dynamic = isDynamic ? { dynamic: true as const } : {};
  if ((flags & SET_FLAG_MAP) === 0) return { key, ...dynamic };
  const dataType = attributes.be32(SET_DATA_TYPE) ?? 0;
  if (dataType === DATA_TYPE_VERDICT) return { key, value: "verdict", ...dynamic };
  const value = decodeTypes(dataType);
  if (value === undefined || sizeOfTypes(value) !== attributes.be32(SET_DATA_LENGTH))
    return FOREIGN_DEFINITION;
  return { key, value, ...dynamic };
}

function readElements(
  socket: NetlinkSocket,
  { family, name }: TableName,
  set: string,
  { value }: SetDefinition,
): ReadonlyMap<ByteString, ByteString> {
  const request = (): MessageWriter =>
    nftRequest(GETSETELEM, family, (writer) =>
      writer.string(ELEMENT_LIST_TABLE, name).string(ELEMENT_LIST_SET, set),
    );
  const elements = new Map<ByteString, ByteString>();
  for (const message of socket.dump(request, `list elements of set "${set}"`)) {
    const list = new Attributes(nftPayload(message)).nested(ELEMENT_LIST_ELEMENTS);
    for (const entry of list ?? []) {
      const element = new Attributes(entry.value);
      const key = element.nested(ELEMENT_KEY)?.byteString(DATA_VALUE);
      if (key !== undefined) elements.set(key, elementValue(element, value));
    }
  }
  return elements;
}

function elementValue(element: Attributes, value: SetDefinition["value"]): ByteString {
  const data = value === undefined ? undefined : element.nested(ELEMENT_DATA);
  if (data === undefined) return "";
  return value === "verdict" ? readVerdict(data) : (data.byteString(DATA_VALUE) ?? "");
}

function readChains(socket: NetlinkSocket, table: TableName): ReadonlyMap<string, Chain> {
  const chains = new Map<string, Chain & { readonly rules: Rule[] }>();
  for (const attributes of dumpOf(socket, GETCHAIN, table, CHAIN_TABLE)) {
    const hook = readHook(attributes);
    chains.set(attributes.string(CHAIN_NAME) ?? "", { ...(hook && { hook }), rules: [] });
  }
  for (const attributes of dumpOf(socket, GETRULE, table, RULE_TABLE)) {
    chains.get(attributes.string(RULE_CHAIN) ?? "")?.rules.push(readRule(attributes));
  }
  return chains;
}

function readHook(attributes: Attributes): BaseHook | undefined {
  const hook = attributes.nested(CHAIN_HOOK);
  if (hook === undefined) return undefined;
  const number = hook.be32(HOOK_HOOKNUM);
  const name = Object.entries(HOOK_NUMBERS).find(([, each]) => each === number)?.[0];
  return {
    // Types and hooks that we never use compare as different from any that is planned.
    type: attributes.string(CHAIN_TYPE) as BaseHook["type"],
    hook: name as Hook,
    priority: (hook.be32(HOOK_PRIORITY) ?? 0) | 0,
  };
}

export function readRule(attributes: Attributes): Rule {
  const expressions = readExpressions(
    attributes.nested(RULE_EXPRESSIONS) ?? new Attributes(new Uint8Array()),
  );
  const comment = readComment(attributes.binary(RULE_USERDATA));
  return comment === undefined ? { expressions } : { expressions, comment };
}

/** User data is a list of type, length and value; the comment has the type 0 and ends in a zero byte. */
function readComment(userData: Uint8Array | undefined): string | undefined {
  for (let at = 0; userData !== undefined && at + 2 <= userData.length; at += 2 + (userData[at + 1] ?? 0)) {
    if (userData[at] !== 0) continue;
    return new TextDecoder().decode(userData.subarray(at + 2, at + 1 + (userData[at + 1] ?? 1)));
  }
  return undefined;
}

/** The objects of the table; `tableAttribute` names the table in them, since old kernels dump those of all tables. */
function* dumpOf(
  socket: NetlinkSocket,
  type: number,
  { family, name }: TableName,
  tableAttribute: number,
): Generator<Attributes> {
  const request = (): MessageWriter =>
    nftRequest(type, family, (writer) => writer.string(tableAttribute, name));
  for (const message of socket.dump(request, `read table "${name}"`)) {
    const attributes = new Attributes(nftPayload(message));
    if (attributes.string(tableAttribute) === name) yield attributes;
  }
}

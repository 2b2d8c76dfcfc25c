import type { Rule } from "../../nft/ruleset.ts";
import type { MessageWriter } from "../message-writer.ts";
import { writeExpressions } from "./expression-codec.ts";
import { RULE_EXPRESSIONS, RULE_USERDATA } from "./protocol.ts";

/** A comment in the user data of a rule, as libnftnl writes it (enum nftnl_udata_rule_types). */
const UDATA_COMMENT = 0;

/** Writes what a rule does into a message that names its chain. */
export function writeRule(writer: MessageWriter, { expressions, comment }: Rule): void {
  const list = writer.begin(RULE_EXPRESSIONS);
  writeExpressions(writer, expressions);
  writer.end(list);
  if (comment === undefined) return;
  const text = new TextEncoder().encode(`${comment}\0`);
  writer.binary(RULE_USERDATA, Uint8Array.of(UDATA_COMMENT, text.length, ...text));
}

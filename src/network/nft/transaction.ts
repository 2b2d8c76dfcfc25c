import type { BaseHook, ByteString, Rule, SetDefinition, TableName } from "./ruleset.ts";

/** One change of a table. All operations of a transaction happen together or not at all. */
export type NftOperation =
  /** Succeeds when the table exists. */
  | { readonly type: "addTable" }
  /** With everything in it. */
  | { readonly type: "deleteTable" }
  | { readonly type: "addSet"; readonly set: string; readonly definition: SetDefinition }
  | { readonly type: "deleteSet"; readonly set: string }
  /** Succeeds when the chain exists and has the same hook. */
  | { readonly type: "addChain"; readonly chain: string; readonly hook?: BaseHook }
  /** Deletes the rules of the chain. */
  | { readonly type: "flushChain"; readonly chain: string }
  | { readonly type: "deleteChain"; readonly chain: string }
  /** At the end of the chain. */
  | { readonly type: "addRule"; readonly chain: string; readonly rule: Rule }
  | {
      readonly type: "addElements";
      readonly set: string;
      readonly definition: SetDefinition;
      readonly elements: readonly (readonly [key: ByteString, value: ByteString])[];
    }
  | {
      readonly type: "deleteElements";
      readonly set: string;
      readonly definition: SetDefinition;
      readonly keys: readonly ByteString[];
    };

export interface NftTransaction {
  readonly table: TableName;
  readonly operations: readonly NftOperation[];
}

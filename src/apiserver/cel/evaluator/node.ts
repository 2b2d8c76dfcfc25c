/** Planned parts of expressions. */
import { CelOptional, type CelValue, isError, type Result } from "../values/value.ts";
import { type Attribute, pathOf, resolver, withStep } from "./attribute.ts";
import { type Evaluate, Frame } from "./frame.ts";

/** An expression that makes no sense when it is run: a constant part of it has no value. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";
}

export type Node =
  | { readonly kind: "constant"; readonly value: CelValue }
  | { readonly kind: "attribute"; readonly attribute: Attribute; readonly isTest: boolean }
  | { readonly kind: "other"; readonly evaluate: Evaluate };

export function attributeNode(attribute: Attribute): Node {
  return { kind: "attribute", attribute, isTest: false };
}

/** Computes a part, with what it costs as a whole. */
export function run(node: Node): Evaluate {
  switch (node.kind) {
    case "constant":
      return () => node.value;
    case "other":
      return node.evaluate;
    case "attribute": {
      const resolve = resolver(node.attribute);
      // The presence of a field is told for nothing, and a choice costs what is chosen.
      if (node.isTest) return (frame) => hasValue(resolve(frame));
      return node.attribute.kind === "conditional" ? resolve : withCost(resolve, 1);
    }
  }
}

export function withCost(evaluate: Evaluate, cost: number): Evaluate {
  return (frame) => {
    const result = evaluate(frame);
    frame.spend(cost);
    return result;
  };
}

export function hasValue(result: Result): Result {
  return result instanceof CelOptional ? result.value !== undefined : result;
}

export function attributeOf(node: Node): Attribute {
  return node.kind === "attribute" ? node.attribute : pathOf(run(node));
}

export function conditionalNode([condition, whenTrue, whenFalse]: readonly Node[]): Node {
  if (condition === undefined || whenTrue === undefined || whenFalse === undefined) {
    throw new ProgramError("no such overload: _?_:_");
  }
  return attributeNode({
    kind: "conditional",
    condition: run(condition),
    whenTrue: attributeOf(whenTrue),
    whenFalse: attributeOf(whenFalse),
  });
}

export function indexNode([operand, index]: readonly Node[], isOptional: boolean): Node {
  if (operand === undefined || index === undefined) throw new ProgramError("no such overload: _[_]");
  // A key that is an attribute itself costs its steps only: it is a step of this one.
  const key = index.kind === "attribute" ? resolver(index.attribute) : run(index);
  return attributeNode(withStep(attributeOf(operand), { key, isOptional, isTest: false }));
}

export function areConstant(nodes: readonly Node[]): boolean {
  return nodes.every(({ kind }) => kind === "constant");
}

export function constantOf(evaluate: Evaluate): Node {
  const value = evaluate(new Frame({}, Number.POSITIVE_INFINITY));
  if (isError(value)) throw new ProgramError(value.message);
  return { kind: "constant", value };
}

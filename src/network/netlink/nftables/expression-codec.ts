import type { Expression } from "../../nft/expression.ts";
import { Attributes } from "../attributes.ts";
import type { MessageWriter } from "../message-writer.ts";
import { FORMATS } from "./expression-format.ts";
import { type Field, NO_MATCH } from "./field.ts";
import { EXPRESSION_DATA, EXPRESSION_NAME, LIST_ELEMENT } from "./protocol.ts";
import { readVerdict, writeVerdict } from "./verdict.ts";

/** Attributes of the expression that loads a constant; a verdict is one into register 0. */
const IMMEDIATE = "immediate";
const IMMEDIATE_REGISTER = 1;
const IMMEDIATE_DATA = 2;

interface AnyFormat {
  readonly type: string;
  readonly name: string;
  /** A field may only be given the property that it stands for, which the table's type has checked. */
  readonly fields: readonly (readonly [property: string, field: Field<unknown>])[];
}

const formats: readonly AnyFormat[] = Object.entries(FORMATS).map(([type, { name, fields }]) => ({
  type,
  name,
  fields: Object.entries(fields) as unknown as AnyFormat["fields"],
}));
const formatByType = new Map(formats.map((format) => [format.type, format]));
const formatsByName = Map.groupBy(formats, ({ name }) => name);

/** Writes expressions as the elements of a list that the caller has begun. */
export function writeExpressions(writer: MessageWriter, expressions: readonly Expression[]): void {
  for (const expression of expressions) {
    const element = writer.begin(LIST_ELEMENT);
    writeExpression(writer, expression);
    writer.end(element);
  }
}

export function readExpressions(list: Attributes): readonly Expression[] {
  return Array.from(list, ({ value }) => readExpression(new Attributes(value)));
}

function writeExpression(writer: MessageWriter, expression: Expression): void {
  if (expression.type === "unknown") {
    throw new TypeError(`An expression "${expression.name}" that was read as unknown cannot be written`);
  }
  if (expression.type === "verdict") {
    writer.string(EXPRESSION_NAME, IMMEDIATE);
    const data = writer.begin(EXPRESSION_DATA);
    writer.be32(IMMEDIATE_REGISTER, 0);
    const verdict = writer.begin(IMMEDIATE_DATA);
    writeVerdict(writer, expression.verdict);
    writer.end(verdict).end(data);
    return;
  }
  const format = formatByType.get(expression.type);
  if (format === undefined) throw new TypeError(`No format for expression "${expression.type}"`);
  const properties = expression as Readonly<Record<string, unknown>>;
  writer.string(EXPRESSION_NAME, format.name);
  const data = writer.begin(EXPRESSION_DATA);
  for (const [property, field] of format.fields) field.write(writer, properties[property]);
  writer.end(data);
}

function readExpression(element: Attributes): Expression {
  const name = element.string(EXPRESSION_NAME) ?? "";
  const attributes = element.nested(EXPRESSION_DATA) ?? new Attributes(new Uint8Array());
  const verdict = name === IMMEDIATE ? attributes.nested(IMMEDIATE_DATA) : undefined;
  const isVerdict = verdict !== undefined && attributes.be32(IMMEDIATE_REGISTER) === 0;
  if (isVerdict) return { type: "verdict", verdict: readVerdict(verdict) };
  for (const format of formatsByName.get(name) ?? []) {
    const expression = readAs(format, attributes);
    if (expression !== undefined) return expression;
  }
  return { type: "unknown", name, attributes: element.byteString(EXPRESSION_DATA) ?? "" };
}

function readAs(format: AnyFormat, attributes: Attributes): Expression | undefined {
  const known = new Set(format.fields.flatMap(([, field]) => field.attributes));
  for (const { type } of attributes) if (!known.has(type)) return undefined;
  const properties: Record<string, unknown> = { type: format.type };
  for (const [property, field] of format.fields) {
    const value = field.read(attributes);
    if (value === NO_MATCH) return undefined;
    if (value !== undefined) properties[property] = value;
  }
  // The table's type has checked that the fields of a format are the properties of its expression.
  return properties as unknown as Expression;
}

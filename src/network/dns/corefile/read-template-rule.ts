import { TemplateRule } from "../template-rule.ts";
import { codeNumber, RCODE, typeNumber } from "../wire/record-type.ts";
import { CorefileError, type Directive } from "./directive.ts";
import { parseDomain, readFallthrough } from "./domain-argument.ts";
import { readTemplate } from "./go-template.ts";
import { readPattern } from "./lazy-pattern.ts";

const OPTIONS = ["match", "answer", "additional", "authority", "rcode", "fallthrough", "ederror", "upstream"];

/** `template CLASS TYPE [ZONES...] { ... }`. */
export function readTemplateRule(
  { args: [className = "", type = "", ...zones], block }: Directive,
  serverZones: readonly string[],
): TemplateRule {
  if (className !== "IN" && className !== "ANY")
    throw new CorefileError(`"${className}" is no class: only names of class IN are answered`);
  const unknown = block.find(({ name }) => !OPTIONS.includes(name));
  if (unknown !== undefined) throw new CorefileError(`the option "${unknown.name}" of template is not known`);
  const argsOf = (option: string): readonly string[] =>
    block.flatMap(({ name, args }) => (name === option ? args : []));
  const answers = argsOf("answer").map(readTemplate);
  const authorities = argsOf("authority").map(readTemplate);
  const rcode = readCode(argsOf("rcode")[0]);
  if (answers.length === 0 && authorities.length === 0 && rcode === RCODE.NOERROR)
    throw new CorefileError("template needs an answer, an authority or an rcode");
  return new TemplateRule({
    type: readType(type),
    zones: zones.length > 0 ? zones.map(parseDomain) : serverZones,
    patterns: argsOf("match").map(readPattern),
    rcode,
    answers,
    authorities,
    additionals: argsOf("additional").map(readTemplate),
    fallthrough: readFallthrough(block.find(({ name }) => name === "fallthrough")?.args),
  });
}

function readType(text: string): number {
  const type = typeNumber(text);
  if (type === undefined) throw new CorefileError(`"${text}" is no type of records that is known`);
  return type;
}

function readCode(text: string | undefined): number {
  if (text === undefined) return RCODE.NOERROR;
  const code = codeNumber(text);
  if (code === undefined) throw new CorefileError(`"${text}" is no code of an answer that is known`);
  return code;
}

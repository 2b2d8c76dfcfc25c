import { mapRecords, type Rename, type Rewrite, renameAnswer } from "../rewrite.ts";
import { isName, lowerName } from "../wire/domain-name.ts";
import type { Question } from "../wire/query.ts";
import { typeNumber } from "../wire/record-type.ts";
import type { Answer } from "../wire/reply.ts";
import { CorefileError, type Directive } from "./directive.ts";
import { readPattern } from "./lazy-pattern.ts";

const MATCH_TYPES = ["exact", "prefix", "suffix", "substring", "regex"] as const;
type MatchType = (typeof MATCH_TYPES)[number];

/** `rewrite [continue|stop] FIELD ...`, on one line or with its parts in braces. */
export function readRewrite({ args, block }: Directive): Rewrite {
  const words = [...args, ...block.flatMap(({ name, args: more }) => [name, ...more])];
  const goesOn = words[0] === "continue";
  const [field = "", ...rest] = goesOn || words[0] === "stop" ? words.slice(1) : words;
  switch (field) {
    case "name":
      return { goesOn, ...readNameRule(rest) };
    case "ttl":
      return { goesOn, ...readTtlRule(rest) };
    case "type":
      return { goesOn, ...readTypeRule(rest) };
    default:
      throw new CorefileError(`rewrite of the field "${field}" is not known`);
  }
}

type Rule = Omit<Rewrite, "goesOn">;
type AnswerChange = Rewrite["answer"];

function readNameRule(words: readonly string[]): Rule {
  const { type, pattern, value, rest } = readMatch(words);
  const rename = createRename(type, pattern, value);
  const changes = readAnswerRules(rest, { type, pattern, value });
  return {
    matches: ({ name }) => rename(name) !== undefined,
    question: (question) => ({ ...question, name: rename(question.name) ?? question.name }),
    answer: (answer, asked, instead) =>
      changes.reduce((each, change) => change(each, asked, instead), answer),
  };
}

interface Match {
  readonly type: MatchType;
  readonly pattern: string;
  readonly value: string;
}

/** `[TYPE] PATTERN VALUE` and what stands behind it. */
function readMatch(words: readonly string[]): Match & { readonly rest: readonly string[] } {
  const type = words.length > 2 ? MATCH_TYPES.find((each) => each === words[0]?.toLowerCase()) : "exact";
  const [pattern, value, ...rest] = words.length > 2 ? words.slice(1) : words;
  if (type === undefined) throw new CorefileError(`rewrite matches by ${MATCH_TYPES.join(", ")}`);
  if (pattern === undefined || value === undefined)
    throw new CorefileError("rewrite needs what to match and its new value");
  return { type, pattern, value, rest };
}

/** Names are matched with a dot at the end, as CoreDNS does. A name that would not be one is left as it is. */
function createRename(type: MatchType, pattern: string, value: string): Rename {
  const rename = renameAbsolute(type, type === "regex" ? pattern : absolute(pattern), absolute(value));
  return (name) => {
    const renamed = rename(`${name}.`)?.replace(/\.$/, "");
    return renamed !== undefined && isName(renamed) ? renamed : undefined;
  };
}

function renameAbsolute(type: MatchType, pattern: string, value: string): Rename {
  switch (type) {
    case "exact":
      return (name) => (name === pattern ? value : undefined);
    case "prefix":
      return (name) => (name.startsWith(pattern) ? value + name.slice(pattern.length) : undefined);
    case "suffix":
      return (name) => (name.endsWith(pattern) ? name.slice(0, -pattern.length) + value : undefined);
    case "substring":
      return (name) => (name.includes(pattern) ? name.replaceAll(pattern, () => value) : undefined);
    case "regex": {
      const find = readPattern(pattern);
      return (name) => {
        const groups = find(name)?.groups;
        return (
          groups && value.replaceAll(/\{(\d+)\}/g, (whole, index: string) => groups[Number(index)] ?? whole)
        );
      };
    }
  }
}

/** `answer auto`, `answer name FROM TO`, `answer value FROM TO`; the word `answer` may be missing after the first. */
function readAnswerRules(words: readonly string[], match: Match): readonly AnswerChange[] {
  const changes: AnswerChange[] = match.type === "exact" ? [restoreName] : [];
  const rest = [...words];
  if (rest.length > 0 && rest[0] !== "answer")
    throw new CorefileError(`"${rest[0] ?? ""}" is not expected here`);
  while (rest.length > 0) {
    if (rest[0] === "answer") rest.shift();
    const kind = rest.shift();
    if (kind === "auto") {
      if (match.type !== "exact") changes.push(autoChange(match));
      continue;
    }
    const [from, to] = rest.splice(0, 2);
    if ((kind !== "name" && kind !== "value") || from === undefined || to === undefined)
      throw new CorefileError("answer is followed by auto, name FROM TO, or value FROM TO");
    if (kind === "name" && from === "auto") continue;
    const rename = createRename("regex", from, to);
    changes.push((answer) => renameAnswer(answer, rename, kind));
  }
  return changes;
}

function autoChange({ type, pattern, value }: Match): AnswerChange {
  if (type !== "suffix") return restoreName;
  const back = createRename("suffix", value, pattern);
  return (answer) => renameAnswer(renameAnswer(answer, back, "name"), back, "value");
}

/** The new name, and names below it, become the one that was asked for. */
function restoreName(answer: Answer, asked: Question, instead: Question): Answer {
  const back: Rename = (name) => {
    if (name === instead.name) return asked.name;
    return name.endsWith(`.${instead.name}`) ? name.slice(0, -instead.name.length) + asked.name : undefined;
  };
  return renameAnswer(renameAnswer(answer, back, "name"), back, "value");
}

function readTtlRule(words: readonly string[]): Rule {
  const { type, pattern, value } = readMatch(words);
  const [, single, least, most] = /^(?:(\d+)|(\d*)-(\d*))$/.exec(value) ?? [];
  if (single === undefined && !least && !most) throw new CorefileError(`"${value}" is no number of seconds`);
  const minimum = Number(single ?? (least || 0));
  const maximum = Number(single ?? (most || 0x7fff_ffff));
  const matches = createRename(type, pattern, type === "regex" ? "match" : pattern);
  return {
    matches: ({ name }) => matches(name) !== undefined,
    question: (question) => question,
    answer: (answer) =>
      mapRecords(answer, (records) =>
        records.map((record) => ({ ...record, ttl: Math.min(maximum, Math.max(minimum, record.ttl)) })),
      ),
  };
}

function readTypeRule([from = "", to = ""]: readonly string[]): Rule {
  const [before, after] = [typeNumber(from), typeNumber(to)];
  if (before === undefined || after === undefined)
    throw new CorefileError("rewrite type needs two types of records");
  return {
    matches: ({ type }) => type === before,
    question: (question) => ({ ...question, type: after }),
    answer: (answer) => answer,
  };
}

function absolute(name: string): string {
  return lowerName(name.endsWith(".") ? name : `${name}.`);
}

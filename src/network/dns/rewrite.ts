import { lowerName } from "./wire/domain-name.ts";
import type { Question } from "./wire/query.ts";
import type { ResourceRecord } from "./wire/record.ts";
import type { Answer } from "./wire/reply.ts";

/** What turns a name into another one; undefined where it does not match. Names are in lower case. */
export type Rename = (name: string) => string | undefined;

/** One rule of CoreDNS' rewrite plugin. */
export interface Rewrite {
  /** Whether the rules behind it are tried after it has matched. */
  readonly goesOn: boolean;
  readonly matches: (question: Question) => boolean;
  readonly question: (question: Question) => Question;
  /** What becomes of an answer to the question that was asked instead of `asked`. */
  readonly answer: (answer: Answer, asked: Question, instead: Question) => Answer;
}

export interface Rewritten {
  readonly question: Question;
  readonly restore: (answer: Answer) => Answer;
}

/** The question that is to be asked instead, and how its answer becomes that of the one which was asked. */
export function applyRewrites(rewrites: readonly Rewrite[], asked: Question): Rewritten | undefined {
  let question = asked;
  const restores: ((answer: Answer) => Answer)[] = [];
  for (const rewrite of rewrites) {
    if (!rewrite.matches(question)) continue;
    const before = question;
    question = rewrite.question(before);
    const instead = question;
    restores.unshift((answer) => rewrite.answer(answer, before, instead));
    if (!rewrite.goesOn) break;
  }
  if (restores.length === 0) return undefined;
  return { question, restore: (answer) => restores.reduce((each, restore) => restore(each), answer) };
}

/** Gives other names to the records of an answer, or to what they lead to. */
export function renameAnswer(answer: Answer, rename: Rename, part: "name" | "value"): Answer {
  const renamed = (text: string): string => rename(lowerName(text)) ?? text;
  const change = (records: readonly ResourceRecord[]): readonly ResourceRecord[] =>
    records.map((record) =>
      part === "name"
        ? { ...record, name: renamed(record.name) }
        : {
            ...record,
            data: record.data.map((piece) => (typeof piece === "string" ? renamed(piece) : piece)),
          },
    );
  return mapRecords(answer, change);
}

export function mapRecords(
  answer: Answer,
  change: (records: readonly ResourceRecord[]) => readonly ResourceRecord[],
): Answer {
  return {
    ...answer,
    answers: change(answer.answers),
    authorities: change(answer.authorities),
    additionals: change(answer.additionals),
  };
}

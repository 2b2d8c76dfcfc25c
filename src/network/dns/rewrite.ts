import type { Question } from "./wire/query.ts";
import type { Answer } from "./wire/reply.ts";

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

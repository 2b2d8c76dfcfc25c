import type { Template } from "./corefile/go-template.ts";
import type { NamePattern, PatternMatch } from "./corefile/lazy-pattern.ts";
import { parseRecord } from "./corefile/record-text.ts";
import { isWithin } from "./wire/domain-name.ts";
import type { Question } from "./wire/query.ts";
import type { ResourceRecord } from "./wire/record.ts";
import { RCODE, TYPE, typeName } from "./wire/record-type.ts";
import type { Answer } from "./wire/reply.ts";
import { SERVER_FAILURE } from "./zone-answer.ts";

export interface TemplateRuleOptions {
  readonly type: number;
  readonly zones: readonly string[];
  /** The first that matches counts; all names match where there is none. */
  readonly patterns: readonly NamePattern[];
  readonly rcode: number;
  readonly answers: readonly Template[];
  readonly authorities: readonly Template[];
  readonly additionals: readonly Template[];
  /** Domains whose names others may know that no pattern matches. */
  readonly fallthrough: readonly string[];
}

const EVERYTHING: NamePattern = (name) => ({ groups: [name], named: new Map() });

/** Answers that are made of the name that is asked for (CoreDNS' template plugin). */
export class TemplateRule {
  readonly #options: TemplateRuleOptions;

  constructor(options: TemplateRuleOptions) {
    this.#options = options;
  }

  /** Undefined where somebody else has to be asked. A record that comes out wrong is a failure of the server. */
  answer({ name, type }: Question): Answer | undefined {
    const { zones, patterns, fallthrough, rcode, ...sections } = this.#options;
    if (this.#options.type !== TYPE.ANY && this.#options.type !== type) return undefined;
    const zone = longestOf(zones, name);
    if (zone === undefined) return undefined;
    const match = firstMatch(patterns.length > 0 ? patterns : [EVERYTHING], `${name}.`);
    if (match === undefined)
      return fallthrough.some((domain) => isWithin(name, domain)) ? undefined : SERVER_FAILURE;
    if (rcode === RCODE.SERVFAIL) return SERVER_FAILURE;
    const facts = { zone: `${zone}.`, name: `${name}.`, type: typeName(type), match };
    const write = (templates: readonly Template[]): readonly ResourceRecord[] =>
      templates.map((template) => parseRecord(template(facts)));
    try {
      return {
        rcode,
        authoritative: true,
        answers: write(sections.answers),
        authorities: write(sections.authorities),
        additionals: write(sections.additionals),
      };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return SERVER_FAILURE;
    }
  }
}

function longestOf(zones: readonly string[], name: string): string | undefined {
  return zones.filter((zone) => isWithin(name, zone)).toSorted((a, b) => b.length - a.length)[0];
}

function firstMatch(patterns: readonly NamePattern[], name: string): PatternMatch | undefined {
  for (const pattern of patterns) {
    const match = pattern(name);
    if (match !== undefined) return match;
  }
  return undefined;
}

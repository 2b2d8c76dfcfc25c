import type { Grammar } from "./grammar.ts";

/** The errors by which a decoder refuses an input. */
// biome-ignore lint: the arguments of constructors do not matter
export type ErrorClass = abstract new (...args: never[]) => Error;

/** Checks what must hold of a decoded input, where nothing may be refused any more. */
type Laws = () => void;

/** Decodes one input: throws a refusal, or anything else for a failure. */
export type Check<T> = (input: T) => Laws | undefined | Promise<undefined>;

interface TargetOptions<T> {
  /** Inputs to start from, besides those of the corpus. */
  readonly seeds: readonly (string | Uint8Array)[];
  /** Makes inputs of its own. */
  readonly grammar?: Grammar;
  /** Words of the format. */
  readonly dictionary?: readonly string[];
  /** Default: 4096. */
  readonly maxBytes?: number;
  /** How long inputs become that only repeat a part of themselves. Default: 64 KiB. */
  readonly maxInflatedBytes?: number;
  /** What an input may cost in milliseconds of the processor. Default: 300. */
  readonly maxMs?: number;
  /** What may be thrown. */
  readonly refusals: readonly ErrorClass[];
  /** Called once; what it needs is disposed of with the stack. */
  readonly open: (stack: AsyncDisposableStack) => Check<T> | Promise<Check<T>>;
}

/** A decoder and how to tell that it works. */
export interface FuzzTarget extends Required<Omit<TargetOptions<Buffer>, "grammar">> {
  /** What inputs are: JSON stays JSON when it is changed, and bytes are written as base64 in the corpus. */
  readonly form: "text" | "json" | "bytes";
  readonly grammar: Grammar | undefined;
}

/** A decoder of UTF-8 text. */
export function textTarget(options: TargetOptions<string>): FuzzTarget {
  return defineTarget("text", options, (bytes) => bytes.toString());
}

/** Something that works on a parsed JSON document. */
export function jsonTarget(options: TargetOptions<unknown>): FuzzTarget {
  return defineTarget("json", { ...options, refusals: [...options.refusals, NoDocument] }, parseDocument);
}

export function bytesTarget(options: TargetOptions<Buffer>): FuzzTarget {
  return defineTarget("bytes", options, (bytes) => bytes);
}

function defineTarget<T>(
  form: FuzzTarget["form"],
  options: TargetOptions<T>,
  read: (bytes: Buffer) => T,
): FuzzTarget {
  const {
    open,
    grammar,
    dictionary = [],
    maxBytes = 4096,
    maxInflatedBytes = 64 * 1024,
    maxMs = 300,
  } = options;
  return {
    ...options,
    form,
    grammar,
    dictionary,
    maxBytes,
    maxInflatedBytes,
    maxMs,
    open: async (stack) => {
      const check = await open(stack);
      return (bytes) => check(read(bytes));
    },
  };
}

class NoDocument extends SyntaxError {}

function parseDocument(bytes: Buffer): unknown {
  try {
    const document: unknown = JSON.parse(bytes.toString());
    // Numbers may be infinite, which JSON cannot say.
    return JSON.parse(JSON.stringify(document)) as unknown;
  } catch (cause) {
    throw new NoDocument("Not JSON", { cause });
  }
}

/** Something that must hold of every input does not. */
class BrokenLaw extends Error {
  override readonly name = "BrokenLaw";
}

export function ensure(holds: boolean, law: string): void {
  if (!holds) throw new BrokenLaw(law);
}

/** Fails unless two values are the same; `law` says what both are. */
export function ensureSame(actual: unknown, expected: unknown, law: string): void {
  if (Bun.deepEquals(actual, expected)) return;
  throw new BrokenLaw(`${law}: ${describe(actual)} is not ${describe(expected)}`);
}

const MAX_DESCRIPTION = 300;

function describe(value: unknown): string {
  return Bun.inspect(value, { depth: 6 }).slice(0, MAX_DESCRIPTION);
}

/** The result of a decoder, or undefined where it refuses the input with one of these errors. */
export function attempt<T>(refusals: readonly ErrorClass[], decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (refusals.some((refusal) => error instanceof refusal) && !isStackOverflow(error)) return undefined;
    throw error;
  }
}

/** The end of the stack is a RangeError, as which no decoder may refuse an input. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.startsWith("Maximum call stack");
}

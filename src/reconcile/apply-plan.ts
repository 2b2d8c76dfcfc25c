import { hasCause, isAlreadyExists } from "#apimachinery/status-error.ts";
import type { Action, EventFacts, Plan, WriteReport } from "./action.ts";
import type { EventRecorder } from "./event-recorder.ts";
import { slowStart } from "./slow-start.ts";
import type { Write, WriteAction, Writer } from "./writer.ts";

/** What became of a plan. Writes that succeeded are listed whatever happened after them. */
export interface Applied {
  readonly writes: readonly Write[];
  /** An object that was to be created exists already, so that the caches are behind. */
  readonly isStale: boolean;
  /** The write that ended the plan. */
  readonly failure?: { readonly action: Action; readonly error: unknown };
}

export interface ApplyPlanDependencies {
  readonly writer: Pick<Writer, "check" | "write">;
  readonly recorder: EventRecorder;
}

/**
 * Carries out a plan in order and stops at the first failure. Neighbouring creations, deletions and evictions
 * happen several at a time, slowly at first. Throws `UndeclaredWrite` before anything is done.
 */
export async function applyPlan(
  { actions }: Plan,
  { writer, recorder }: ApplyPlanDependencies,
  signal: AbortSignal,
): Promise<Applied> {
  for (const action of actions) if (action.type !== "event") writer.check(action);
  const writes: Write[] = [];
  let isStale = false;
  const perform = async (action: Action): Promise<void> => {
    signal.throwIfAborted();
    if (action.type === "event") {
      recorder.record(action.about, action.event);
      return;
    }
    try {
      const write = await writer.write(action, signal);
      writes.push(write);
      report(recorder, action, "succeeded", write.type === "written" ? write.name : write.target.name);
    } catch (error) {
      if (action.type === "create" && isAlreadyExists(error)) isStale = true;
      else throw error;
    }
  };
  for (const batch of batchesOf(actions)) {
    const failures = await slowStart(batch, perform);
    for (const { item, error } of failures) {
      // In a namespace that is being deleted a failure is no news.
      if (!hasCause(error, "NamespaceTerminating")) report(recorder, item, "failed", messageOf(error));
    }
    const [first] = failures;
    if (first !== undefined) return { writes, isStale, failure: { action: first.item, error: first.error } };
  }
  return { writes, isStale };
}

/** Runs of neighbours that may happen together; everything else is alone. */
function batchesOf(actions: readonly Action[]): readonly (readonly Action[])[] {
  const batches: Action[][] = [];
  for (const action of actions) {
    const last = batches.at(-1);
    if (isBatched(action) && last?.[0]?.type === action.type) last.push(action);
    else batches.push([action]);
  }
  return batches;
}

function isBatched({ type }: Action): boolean {
  return type === "create" || type === "delete" || type === "evict";
}

/** `text` is the name of what was written, or what the server said. */
function report(
  recorder: EventRecorder,
  action: Action,
  outcome: "succeeded" | "failed",
  text: string,
): void {
  const about = reportOf(action);
  const event = about?.[outcome];
  if (about === undefined || event === undefined) return;
  recorder.record(about.about, fill(event, outcome === "succeeded" ? "{name}" : "{error}", text));
}

function reportOf(action: Action | WriteAction): WriteReport | undefined {
  return "report" in action ? action.report : undefined;
}

function fill(event: EventFacts, placeholder: string, text: string): EventFacts {
  return { ...event, message: event.message.replace(placeholder, () => text) };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

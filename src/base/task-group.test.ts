import { describe, expect, test } from "bun:test";
import { FakeClock } from "#testing/fake-clock.ts";
import { abortable, onAbort, onDispose } from "./disposable.ts";
import { LinkedAbort } from "./linked-abort.ts";
import { TaskGroup } from "./task-group.ts";

describe("TaskGroup", () => {
  test("aborts its tasks and waits for them when it is disposed", async () => {
    const clock = new FakeClock();
    const log: string[] = [];
    const group = new TaskGroup((error) => log.push(`error ${String(error)}`));
    group.run(async (signal) => {
      await clock.sleep(1000, signal).catch(() => undefined);
      log.push("cleaned up");
    });
    await group[Symbol.asyncDispose]();
    expect(log).toEqual(["cleaned up"]);
    group.run(() => Promise.reject(new Error("started after disposal")));
    expect(log).toEqual(["cleaned up"]);
  });

  test("reports a failure but not the abort itself", async () => {
    const clock = new FakeClock();
    const failures: unknown[] = [];
    const group = new TaskGroup((error) => failures.push(error));
    const failure = new Error("broken");
    group.run(() => Promise.reject(failure));
    group.run((signal) => clock.sleep(1000, signal));
    await clock.advance(0);
    await group[Symbol.asyncDispose]();
    expect(failures).toEqual([failure]);
  });
});

describe("disposable", () => {
  test("onDispose calls once", () => {
    let calls = 0;
    const disposable = onDispose(() => {
      calls += 1;
    });
    disposable[Symbol.dispose]();
    disposable[Symbol.dispose]();
    expect(calls).toBe(1);
  });

  test("onAbort calls for an aborted signal, and not after disposal", () => {
    const log: string[] = [];
    const controller = new AbortController();
    onAbort(controller.signal, () => log.push("disposed"))[Symbol.dispose]();
    onAbort(controller.signal, () => log.push("waiting"));
    controller.abort();
    onAbort(controller.signal, () => log.push("late"));
    expect(log).toEqual(["waiting", "late"]);
  });

  test("abortable rejects with the reason of the abort", async () => {
    const controller = new AbortController();
    const outcome = abortable(new Promise(() => undefined), controller.signal);
    controller.abort(new Error("stopping"));
    await expect(outcome).rejects.toThrow("stopping");
    expect(await abortable(Promise.resolve(1), new AbortController().signal)).toBe(1);
  });
});

describe("LinkedAbort", () => {
  test("aborts with its sources, by itself, and not after disposal", () => {
    const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];
    const linked = new LinkedAbort(first.signal, undefined, second.signal);
    second.abort(new Error("stopping"));
    expect(linked.signal.reason).toEqual(new Error("stopping"));
    const own = new LinkedAbort(first.signal);
    own.abort(new Error("own reason"));
    expect([own.signal.aborted, first.signal.aborted]).toEqual([true, false]);
    const cut = new LinkedAbort(third.signal);
    cut[Symbol.dispose]();
    third.abort();
    expect(cut.signal.aborted).toBeFalse();
  });
});

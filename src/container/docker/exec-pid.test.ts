import { expect, test } from "bun:test";
import { type ExecState, execPid } from "./exec-pid.ts";

const cases: { name: string; states: ExecState[]; pid: number }[] = [
  { name: "known", states: [{ Running: true, Pid: 7 }], pid: 7 },
  {
    name: "known a moment later",
    states: [
      { Running: true, Pid: 0 },
      { Running: true, Pid: 7 },
    ],
    pid: 7,
  },
  { name: "ended", states: [{ Running: false, Pid: 7 }], pid: 0 },
  {
    name: "ended before it was known",
    states: [
      { Running: true, Pid: 0 },
      { Running: false, Pid: 0 },
    ],
    pid: 0,
  },
];
test.each(cases)("a process that is $name", async ({ states, pid }) => {
  const left = [...states];
  const inspect = () => Promise.resolve(left.shift() ?? { Running: false, Pid: 0 });
  expect(await execPid(inspect, { sleep: () => Promise.resolve() })).toBe(pid);
  expect(left).toEqual([]);
});

test("a process that never becomes known is given up", async () => {
  const inspect = () => Promise.resolve({ Running: true, Pid: 0 });
  expect(await execPid(inspect, { sleep: () => Promise.resolve() })).toBe(0);
});

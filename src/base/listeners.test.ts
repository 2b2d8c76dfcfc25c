import { expect, test } from "bun:test";
import { Listeners } from "./listeners.ts";

test("listeners hear of changes until they are disposed", () => {
  const listeners = new Listeners<[name: string]>();
  const heard: string[] = [];
  const first = listeners.add((name) => heard.push(`first ${name}`));
  listeners.add((name) => heard.push(`second ${name}`));
  listeners.tell("a");
  first[Symbol.dispose]();
  listeners.tell("b");
  expect(heard).toEqual(["first a", "second a", "second b"]);
});

import { describe, expect, test } from "bun:test";
import { aPod } from "#testing/objects.ts";
import { podInfoOf } from "../framework/pod-info.ts";
import { Nominator } from "./nominator.ts";

const pod = aPod("a");
const promised = (node: string) => aPod("a", { status: { nominatedNodeName: node } });

function namesOn(nominator: Nominator, ...nodes: readonly string[]): readonly (readonly string[])[] {
  return nodes.map((node) => nominator.on(node).map((info) => info.pod.metadata.name));
}

describe("Nominator", () => {
  test("knows a promise only for the last node", () => {
    const nominator = new Nominator();
    nominator.nominate(podInfoOf(pod), "n1");
    nominator.nominate(podInfoOf(pod), "n2");
    expect(namesOn(nominator, "n1", "n2")).toEqual([[], ["a"]]);
  });

  const updates = [
    { name: "keeps a promise that the API server does not show yet", from: pod, to: pod, want: ["a"] },
    { name: "keeps the promise that is shown", from: pod, to: promised("n1"), want: ["a"] },
    { name: "withdraws a promise that somebody took away", from: promised("n1"), to: pod, want: [] },
    { name: "follows a promise to another node", from: promised("n1"), to: promised("n2"), want: [] },
  ];

  test.each(updates)("$name", ({ from, to, want }) => {
    const nominator = new Nominator();
    nominator.nominate(podInfoOf(from), "n1");
    nominator.update(from, podInfoOf(to));
    expect(namesOn(nominator, "n1")).toEqual([want]);
  });

  test("learns the promises of a scheduler before it", () => {
    const nominator = new Nominator();
    nominator.update(undefined, podInfoOf(promised("n1")));
    expect(namesOn(nominator, "n1")).toEqual([["a"]]);
  });

  test("forgets a pod", () => {
    const nominator = new Nominator();
    nominator.nominate(podInfoOf(pod), "n1");
    nominator.forget(pod.metadata.uid);
    nominator.forget("never heard of");
    expect(namesOn(nominator, "n1")).toEqual([[]]);
  });
});

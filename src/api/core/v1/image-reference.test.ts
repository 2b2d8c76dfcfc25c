import { expect, test } from "bun:test";
import { defaultPullPolicy, type ImageReference, parseImageReference } from "./image-reference.ts";

const digest = `sha256:${"a".repeat(64)}`;

const cases: { image: string; want: ImageReference | undefined; policy: string }[] = [
  { image: "nginx", want: { tag: "latest", digest: "" }, policy: "Always" },
  { image: "nginx:latest", want: { tag: "latest", digest: "" }, policy: "Always" },
  { image: "nginx:1.29", want: { tag: "1.29", digest: "" }, policy: "IfNotPresent" },
  { image: "localhost:5000/team/app", want: { tag: "latest", digest: "" }, policy: "Always" },
  { image: "localhost:5000/team/app:v1", want: { tag: "v1", digest: "" }, policy: "IfNotPresent" },
  { image: `nginx@${digest}`, want: { tag: "", digest }, policy: "IfNotPresent" },
  { image: `nginx:latest@${digest}`, want: { tag: "latest", digest }, policy: "Always" },
  { image: "", want: undefined, policy: "IfNotPresent" },
  { image: "Nginx", want: undefined, policy: "IfNotPresent" },
  { image: "nginx:", want: undefined, policy: "IfNotPresent" },
  { image: "a".repeat(64), want: undefined, policy: "IfNotPresent" },
];

test.each(cases)("$image", ({ image, want, policy }) => {
  expect(parseImageReference(image)).toEqual(want);
  expect<string>(defaultPullPolicy(image)).toBe(policy);
});

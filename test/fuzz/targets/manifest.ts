import { YAMLParseError } from "yaml";
import { StatusError } from "#apimachinery/status-error.ts";
import { ManifestParser } from "#kubelet/sources/parse-manifest.ts";
import { ensure, ensureSame, textTarget } from "../engine/target.ts";

const FACTS = { path: "/manifests/a.yaml", nodeName: "n1", now: 0 };

/** Manifests of static pods. */
export const target = textTarget({
  seeds: [
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: x\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a, uid: u, annotations: {a: b}}\nspec:\n  tolerations: [{}]\n  volumes: [{name: v, secret: {secretName: s}}]\n  containers: [{name: a, image: x, ports: [{containerPort: 1}], resources: {limits: {cpu: 1}}}]\n",
    '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[]}}',
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n",
    "a: &a [*a, *b]\n",
  ],
  dictionary: [
    "spec:",
    "containers: ",
    "- name: a\n",
    "metadata: ",
    "null",
    "[]",
    "{}",
    "image: x",
    "env: ",
    "hostNetwork: true",
    "&a ",
    "*a",
    "<<: ",
  ],
  maxBytes: 2048,
  maxInflatedBytes: 16 * 1024,
  maxMs: 1500,
  // The last one is how the library refuses aliases.
  refusals: [StatusError, SyntaxError, YAMLParseError, ReferenceError],
  open: () => {
    const parser = new ManifestParser();
    return (text) => {
      const pod = parser.parse(text, FACTS);
      return () => {
        ensure(pod.metadata.name?.endsWith("-n1") === true, "A static pod is called after its node");
        ensureSame(parser.parse(text, FACTS), pod, "A manifest is always the same pod");
      };
    };
  },
});

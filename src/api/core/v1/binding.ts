import { notSupported } from "#apimachinery/field-error.ts";
import type { Binding } from "../../generated/core-v1.ts";
import { defineKind } from "../../kind.ts";
import { requireText } from "../../validation/checks.ts";
import { collectErrors } from "../../validation/collect-errors.ts";

/** The decision on which node a pod runs; creating one changes the pod and stores nothing else. */
export const binding = defineKind<Binding>(
  { apiVersion: "v1", kind: "Binding" },
  {
    validate: ({ target: { kind = "", name } }) =>
      collectErrors(
        kind !== "" && kind !== "Node" && notSupported("target.kind", kind, ["Node", "<empty>"]),
        requireText(name, "target.name"),
      ),
    hasGeneration: false,
  },
);

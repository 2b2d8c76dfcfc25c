import { describe, expect, test } from "bun:test";
import { deepFreeze } from "#apimachinery/deep-freeze.ts";
import type { PodTemplateSpec } from "../../generated/core-v1.ts";
import { KnownTemplates } from "./known-templates.ts";
import { setPodTemplateDefaults, validatePodTemplate, validTemplates } from "./pod-template.ts";

const METADATA = { labels: { app: "web" } };
const MOUNTS = [{ name: "settings", mountPath: "/etc/web" }];
const WEB = { name: "web", image: "web:1", volumeMounts: MOUNTS };
const AGENT = { name: "agent", image: "agent:1" };
const VOLUMES = [{ name: "settings", emptyDir: {} }];

type Spec = NonNullable<PodTemplateSpec["spec"]>;

function aTemplate(spec: Partial<Spec> = {}, metadata = METADATA): PodTemplateSpec {
  return { metadata, spec: { containers: [WEB], initContainers: [AGENT], volumes: VOLUMES, ...spec } };
}

interface Case {
  readonly name: string;
  readonly next: PodTemplateSpec;
  readonly known: boolean;
}

const CASES: readonly Case[] = [
  { name: "a new image", next: aTemplate({ containers: [{ ...WEB, image: "web:2" }] }), known: true },
  {
    name: "new images of two containers",
    next: aTemplate({
      containers: [{ ...WEB, image: "web:2" }],
      initContainers: [{ ...AGENT, image: "agent:2" }],
    }),
    known: true,
  },
  { name: "an empty image", next: aTemplate({ containers: [{ ...WEB, image: "" }] }), known: false },
  {
    name: "no image",
    next: aTemplate({ containers: [{ name: "web", volumeMounts: MOUNTS }] }),
    known: false,
  },
  { name: "another name", next: aTemplate({ containers: [{ ...WEB, name: "Web" }] }), known: false },
  {
    name: "mounts that are not the same objects",
    next: aTemplate({ containers: [{ ...WEB, volumeMounts: structuredClone(MOUNTS) }] }),
    known: false,
  },
  { name: "one container more", next: aTemplate({ containers: [WEB, AGENT] }), known: false },
  { name: "no containers", next: aTemplate({ containers: [] }), known: false },
  { name: "a field more", next: aTemplate({ hostNetwork: true }), known: false },
  { name: "another field", next: { metadata: METADATA, spec: { containers: [WEB] } }, known: false },
  { name: "other metadata", next: aTemplate({}, { labels: { app: "web" } }), known: false },
  { name: "no spec", next: { metadata: METADATA }, known: false },
];

describe("KnownTemplates", () => {
  const templates = new KnownTemplates();
  const previous = deepFreeze(aTemplate());
  templates.note(previous);

  test("knows what has been noted", () => {
    expect(templates.has(previous, undefined)).toBe(true);
    expect(templates.has(deepFreeze(aTemplate()), undefined)).toBe(false);
  });

  test.each(CASES)("with $name: $known", ({ next, known }) => {
    expect(templates.has(next, previous)).toBe(known);
  });

  test("does not rely on what may still change", () => {
    const loose = aTemplate();
    templates.note(loose);
    expect(templates.has(loose, undefined)).toBe(false);
    expect(templates.has(aTemplate({ containers: [{ ...WEB, image: "web:2" }] }), loose)).toBe(false);
  });
});

function aCompleteTemplate(image: string): PodTemplateSpec {
  return setPodTemplateDefaults({ metadata: METADATA, spec: { containers: [{ name: "web", image }] } });
}

describe("validatePodTemplate", () => {
  test("takes only a template without errors for valid", () => {
    const valid = deepFreeze(aCompleteTemplate("web:1"));
    const invalid = deepFreeze(aCompleteTemplate(""));
    expect(validatePodTemplate(valid, "spec.template")).toEqual([]);
    expect(validTemplates.has(valid, undefined)).toBe(true);
    for (const time of ["first", "second"]) {
      const errors = validatePodTemplate(invalid, "spec.template", valid);
      expect(
        errors.map(({ field }) => field),
        `the ${time} time`,
      ).toEqual(["spec.template.spec.containers[0].image"]);
    }
    expect(validTemplates.has(invalid, undefined)).toBe(false);
  });
});

import { expect, test } from "bun:test";
import { errorTexts, rowOf, someWrite } from "#testing/kinds.ts";
import { aPodTemplateObject } from "#testing/objects.ts";
import { aPodTemplate } from "#testing/workloads.ts";
import { podTemplate } from "./podtemplate.ts";

test("defaults are those of a pod's spec", () => {
  const filled = podTemplate.setDefaults?.(aPodTemplateObject("web"));
  expect(filled?.template?.spec?.restartPolicy).toBe("Always");
  expect(filled && podTemplate.setDefaults?.(filled)).toBe(filled);
  expect(errorTexts(filled && podTemplate.validate?.(filled))).toEqual([]);
});

test("errors are those of its template", () => {
  const template = aPodTemplate({ containers: [] }, { "-": "" });
  const filled = podTemplate.setDefaults?.(aPodTemplateObject("web", { template }));
  const errors = errorTexts(filled && podTemplate.validate?.(filled));
  expect(errors).toHaveLength(2);
  expect(errors[0]).toStartWith('template.labels: Invalid value: "-": name part must consist of');
  expect(errors[1]).toBe("template.spec.containers: Required value");
});

test("fields of features that are off are dropped, unless they were there", () => {
  const template = aPodTemplate({ schedulingGroup: { podGroupName: "a" } });
  const written = aPodTemplateObject("web", { template });
  expect(podTemplate.prepareForCreate?.(written, someWrite)).toEqual(aPodTemplateObject("web"));
  expect(podTemplate.prepareForUpdate?.(written, written, someWrite)).toEqual(written);
});

test("warnings are for new and for changed templates", () => {
  const template = aPodTemplate({ terminationGracePeriodSeconds: -1 });
  const first = aPodTemplateObject("web", { template, generation: 1 });
  const second = aPodTemplateObject("web", { template, generation: 2 });
  const warning =
    "template.spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1";
  expect(podTemplate.warnings?.(first, undefined)).toEqual([warning]);
  expect(podTemplate.warnings?.(second, first)).toEqual([warning]);
  expect(podTemplate.warnings?.(first, first)).toEqual([]);
});

test("the table shows containers, images and labels", () => {
  expect(rowOf(podTemplate, aPodTemplateObject("web"))).toEqual({
    Name: "web",
    Containers: "web",
    Images: "web:1",
    "Pod Labels": "app=web",
  });
  expect(podTemplate.columns?.every(({ priority }) => priority === undefined)).toBe(true);
});

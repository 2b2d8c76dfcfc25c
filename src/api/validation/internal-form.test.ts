import { expect, test } from "bun:test";
import { type InternalForm, internalForm } from "./internal-form.ts";

const form: InternalForm = {
  Key: "",
  IP: null,
  SELinuxOptions: { Level: "" },
  Terms: [{ Values: null }],
};

test.each<{ name: string; value: object | undefined; want: unknown }>([
  { name: "an absent structure", value: undefined, want: null },
  {
    name: "an empty structure",
    value: {},
    want: { Key: "", IP: null, SELinuxOptions: null, Terms: null },
  },
  {
    name: "names in the spelling of Go, in the order of the form",
    value: { terms: [{ values: ["a"] }, {}], seLinuxOptions: {}, ip: "10.0.0.1", key: "a", other: 1 },
    want: {
      Key: "a",
      IP: "10.0.0.1",
      SELinuxOptions: { Level: "" },
      Terms: [{ Values: ["a"] }, { Values: null }],
    },
  },
])("internalForm prints $name", ({ value, want }) => {
  expect(JSON.stringify(internalForm(value, form))).toBe(JSON.stringify(want));
});

import { describe, expect, test } from "bun:test";
import { compileJsonPath } from "./json-path.ts";
import { JsonPathError } from "./json-path-error.ts";

const machine = {
  metadata: { name: "m1", labels: { "app.kubernetes.io/name": "web", "a/b": "slash" } },
  spec: {
    size: 3,
    nothing: null,
    text: "hi",
    days: ["mon", "tue", "wed", "thu"],
    ports: [
      { name: "http", port: 80 },
      { name: "https", port: 443, tls: true },
      { name: "none", port: null },
    ],
    points: [
      { id: "i1", x: 4, at: [1] },
      { id: "i2", x: -2, z: 1, at: [] },
      { id: "i3", x: 0, z: 1.5, at: [2, 3] },
    ],
    images: [{ os: "()" }, { os: '("")' }, { os: "())(" }, { os: "{[()]}" }, { os: "\\'" }],
  },
  status: {
    conditions: [
      { type: "Ready", status: "True" },
      { type: "Synced", status: "False" },
    ],
  },
};

describe("finds", () => {
  test.each<[string, readonly unknown[]]>([
    [".spec.size", [3]],
    [".spec .size", [3]],
    ["$.spec.size", [3]],
    [".spec.nothing", [null]],
    [".spec.missing.more", []],
    [".spec.size.more", []],
    [".", []],
    // Names and keys
    [".metadata.labels.app\\.kubernetes\\.io/name", ["web"]],
    [".metadata.labels.a/b", ["slash"]],
    [".metadata.labels['app\\.kubernetes\\.io/name']", ["web"]],
    [".metadata.labels['app.kubernetes.io/name']", []],
    ["['spec.size']", [3]],
    [".spec.ports[0]['name']", ["http"]],
    // Indices and slices
    [".spec.ports[0].port", [80]],
    [".spec.ports[].port", [80]],
    [".spec.ports[-2].port", [443]],
    [".spec.days[0:2]", ["mon", "tue"]],
    [".spec.days[:2]", ["mon", "tue"]],
    [".spec.days[:4:2]", ["mon", "wed"]],
    [".spec.days[1::2]", ["tue", "thu"]],
    [".spec.days[0:0]", []],
    [".spec.days[0:-1]", ["mon", "tue", "wed"]],
    [".spec.days[-1:]", ["thu"]],
    [".spec.nothing[0]", []],
    // Everything
    [".spec.ports[*].name", ["http", "https", "none"]],
    [".status.conditions[0].*", ["Ready", "True"]],
    [".spec.text.*", [104, 105]],
    ["..port", [80, 443, null]],
    ["...port", [80, 443, null]],
    [".spec.days..", [["mon", "tue", "wed", "thu"], "mon", "tue", "wed", "thu"]],
    [".metadata['name', 'labels.a/b']", ["m1", "slash"]],
    [".spec.days[0,2]", ["mon", "wed"]],
    // Filters
    ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
    [".status.conditions[?(@.type == 'Synced')].status", ["False"]],
    ['.status.conditions[?(@.type != "Synced")].status', ["True"]],
    [".spec.points[?(@.z)].id", ["i2", "i3"]],
    [".spec.points[?(@.x<0)].id", ["i2"]],
    [".spec.points[?(@.x<=0)].id", ["i2", "i3"]],
    [".spec.points[?(@.x>0)].id", ["i1"]],
    [".spec.points[?(@.x>=0)].id", ["i1", "i3"]],
    [".spec.points[?(0<@.x)].id", ["i1"]],
    [".spec.points[?(@.at[0])].id", ["i1", "i2", "i3"]],
    [".spec.ports[?(@.tls==true)].name", ["https"]],
    ['.spec.images[?(@.os == "()")].os', ["()"]],
    ['.spec.images[?(@.os == "(\\"\\")")].os', ['("")']],
    ['.spec.images[?(@.os == "())(")].os', ["())("]],
    ['.spec.images[?(@.os == "{[()]}")].os', ["{[()]}"]],
    [".spec.images[?(@.os == '\\\\\\'')].os", ["\\'"]],
    // What follows the end of a template does not count.
    [".spec.size}{.spec.text", [3]],
  ])("%s", (path, want) => {
    expect(compileJsonPath(path)(machine)).toEqual(want);
  });
});

describe("does not fit", () => {
  test.each([
    ["..[0]", "value is not array or slice"],
    [".spec[0]", "value is not array or slice"],
    [".spec.days[4]", "array index out of bounds: index 4, length 4"],
    [".spec.days[0:9]", "array index out of bounds: index 8, length 4"],
    [".spec.days[-5]", "array index out of bounds: index -1, length 4"],
    [".spec.days[-1:0]", "starting index is greater than ending index"],
    [".spec.days[0:2:0]", "step must be > 0"],
    [".spec[?(@.a)]", "value is not array or slice and cannot be filtered"],
    [".spec.points[?(@.x<>1)]", "unrecognized filter operator <>"],
    [".spec.points[?(@.x=='a')]", "incompatible types for comparison"],
    [".spec.points[?(@.x==1.5)]", "incompatible types for comparison"],
    [".spec.points[?(@.at==1)]", "invalid type for comparison"],
    [".spec.ports[?(@.tls<true)]", "invalid type for comparison"],
    [".spec.points[?(@.at[*]==1)]", "can only compare one element at a time"],
    [".spec size", "unrecognized identifier size"],
    [".status.conditions[?(@.type==Ready)]", "unrecognized identifier Ready"],
  ])("%s: %s", (path, message) => {
    const find = compileJsonPath(path);
    expect(() => find(machine)).toThrow(new JsonPathError(message));
  });
});

describe("cannot be read", () => {
  test.each([
    [".spec[1", "unterminated array"],
    ['.spec["size"]', 'invalid array index "size"'],
    [".spec[a]", "invalid array index a"],
    [".spec[-]", "array index - is not a number"],
    [".spec[?(@.a", "unterminated filter"],
    [".spec[?(@.a)", "unclosed array expect ]"],
    [".spec[?( @.a )x]", "unclosed array expect ]"],
    [".spec *", "unrecognized character in action: *"],
    [".spec +12.3.0", "cannot parse number +12.3.0"],
    [".spec 'a", "unterminated quoted string"],
    [".spec '\\q'", "unquote string \\q error invalid syntax"],
    ["....", "invalid multiple recursive descent"],
  ])("%s: %s", (path, message) => {
    expect(() => compileJsonPath(path)).toThrow(new JsonPathError(message));
  });
});

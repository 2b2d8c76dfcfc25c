import { describe, expect, test } from "bun:test";
import { Readable } from "node:stream";
import { remoteCommandOptions } from "./options.ts";
import { exitStatus, failureStatus, formatStatus, SUCCESS } from "./status.ts";
import { terminalSizes } from "./terminal-sizes.ts";

describe("remoteCommandOptions", () => {
  test.each([
    ["input=1&output=1&error=1", { stdin: true, stdout: true, stderr: true, tty: false }],
    ["input=1&output=1&error=1&tty=1", { stdin: true, stdout: true, stderr: false, tty: true }],
    ["output=1", { stdin: false, stdout: true, stderr: false, tty: false }],
  ])("%s", (query, want) => expect(remoteCommandOptions(new URLSearchParams(query))).toEqual(want));

  test.each(["", "tty=1", "error=1&tty=1"])("%j asks for nothing", (query) => {
    expect(() => remoteCommandOptions(new URLSearchParams(query))).toThrow(
      "you must specify at least 1 of stdin, stdout, stderr",
    );
  });
});

describe("terminalSizes", () => {
  test.each([
    [['{"Width":80,"Height":24}'], ["80x24"]],
    [
      ['{"Width":80,"Height":24}\n{"Width":132,', '"Height":50}\n'],
      ["80x24", "132x50"],
    ],
    [['{"Width":80}'], ["80x0"]],
    [['{"Width":80,"Height":24}', "hello}", '{"Width":1,"Height":1}'], ["80x24"]],
    [['{"Width":-1,"Height":24}'], []],
    [['{"Width":65536,"Height":24}'], []],
    [["x".repeat(5000), '{"Width":1,"Height":1}'], []],
  ])("%j", async (chunks, want) => {
    const sizes = await Array.fromAsync(
      terminalSizes(Readable.from(chunks.map((each) => Buffer.from(each)))),
    );
    expect(sizes.map(({ columns, rows }) => `${String(columns)}x${String(rows)}`)).toEqual(want);
  });
});

describe("the outcome of a command", () => {
  const why = "command terminated with non-zero exit code: error executing command [sh -c exit], exit code 7";
  const retoldWhy = "command terminated with non-zero exit code: command terminated with exit code 7";
  const causes = '"reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}';
  const failure = "Internal error occurred: no such file";
  const cases = [
    {
      name: "its success",
      status: SUCCESS,
      text: "",
      json: '{"status":"Success"}',
      retoldJson: '{"metadata":{},"status":"Success"}',
    },
    {
      name: "its exit code",
      status: exitStatus(["sh", "-c", "exit"], 7),
      text: why,
      json: `{"status":"Failure","message":"${why}",${causes}`,
      retoldJson: `{"metadata":{},"status":"Failure","message":"${retoldWhy}",${causes}`,
    },
    {
      name: "why it was not run",
      status: failureStatus("no such file"),
      text: failure,
      json: `{"status":"Failure","message":"${failure}","reason":"InternalError","code":500}`,
      retoldJson:
        `{"metadata":{},"status":"Failure","message":"Internal error occurred: ${failure}",` +
        `"reason":"InternalError","details":{"causes":[{"message":"${failure}"}]},"code":500}`,
    },
  ];
  test.each(cases)("is told as $name", ({ status, text, json, retoldJson }) => {
    const forms = ["text", "json", "retoldJson"] as const;
    expect(forms.map((form) => formatStatus(status, form))).toEqual([text, json, retoldJson]);
  });

  test("of an exit with 0 is a success", () => expect(exitStatus(["true"], 0)).toEqual(SUCCESS));
});

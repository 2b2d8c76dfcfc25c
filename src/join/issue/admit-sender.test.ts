import { describe, expect, test } from "bun:test";
import type { BootstrapToken } from "#api/core/v1/bootstrap-token.ts";
import type { Secret } from "#api/generated/core-v1.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import { aSecret } from "#testing/objects.ts";
import { tokenSecret } from "../tokens/bootstrap-token-secrets.ts";
import { type Sender, senderProblem } from "./admit-sender.ts";

const NOW = Date.parse("2026-11-29T12:00:00Z");
const NOBODY: UserInfo = { name: "system:anonymous", groups: ["system:unauthenticated"] };
const ANOTHER = "create another with kubelith token create on the server";

const token: BootstrapToken = {
  id: "abcdef",
  secret: "0123456789abcdef",
  description: "",
  expiresAt: NOW + 1000,
  usages: ["authentication"],
  groups: [],
};

/** What is said to a host that wants to be `n1`, in a cluster with one bootstrap token and the secret `s3cret`. */
function problemOf(
  sender: Partial<Sender>,
  known: Partial<BootstrapToken> = {},
): Promise<string | undefined> {
  const stored: Secret = {
    ...aSecret("bootstrap-token-abcdef"),
    ...tokenSecret({ ...token, ...known }),
    metadata: { ...aSecret("bootstrap-token-abcdef").metadata, namespace: "kube-system" },
  };
  return senderProblem(
    "n1",
    { user: NOBODY, token: undefined, ...sender },
    {
      tokens: { accepts: ({ secret }) => Promise.resolve(secret === "s3cret") },
      secret: ({ namespace, name }) =>
        namespace === "kube-system" && name === stored.metadata.name ? stored : undefined,
      clock: { now: () => NOW },
    },
  );
}

describe("senderProblem", () => {
  const shown = { user: "bootstrap", secret: "abcdef.0123456789abcdef" } as const;
  const unknown = `the token is wrong, or has expired and was removed; ${ANOTHER}`;
  const cases: {
    name: string;
    sender: Partial<Sender>;
    known?: Partial<BootstrapToken>;
    want: string | undefined;
  }[] = [
    { name: "nothing", sender: {}, want: "no token was shown; give one with --token" },
    { name: "the server's token", sender: { token: { user: "server", secret: "s3cret" } }, want: undefined },
    {
      name: "another one",
      sender: { token: { user: "node", secret: "other" } },
      want: "the token is wrong; take it from <data-dir>/server/token on the server or from kubelith token create",
    },
    { name: "a bootstrap token", sender: { token: shown }, want: undefined },
    {
      name: "one without an end",
      sender: { token: shown },
      known: { expiresAt: undefined },
      want: undefined,
    },
    {
      name: "one that has expired",
      sender: { token: shown },
      known: { expiresAt: NOW },
      want: `the token "abcdef" has expired; ${ANOTHER}`,
    },
    {
      name: "one for something else",
      sender: { token: shown },
      known: { usages: ["signing"] },
      want: `the token "abcdef" is not for joining; ${ANOTHER}`,
    },
    {
      name: "one with another secret",
      sender: { token: shown },
      known: { secret: "f".repeat(16) },
      want: unknown,
    },
    {
      name: "one that nobody has made",
      sender: { token: { ...shown, secret: "ghijkl.0123456789abcdef" } },
      want: unknown,
    },
    {
      name: "the node's certificate",
      sender: { user: { name: "system:node:n1", groups: ["system:nodes"] } },
      want: undefined,
    },
    {
      name: "another node's certificate",
      sender: { user: { name: "system:node:n2", groups: ["system:nodes"] } },
      want: "no token was shown; give one with --token",
    },
    {
      name: "the node's name without its group",
      sender: { user: { name: "system:node:n1", groups: [] } },
      want: "no token was shown; give one with --token",
    },
  ];

  test.each(cases)("of a host that shows $name", async ({ sender, known, want }) => {
    expect(await problemOf(sender, known)).toBe(want);
  });
});

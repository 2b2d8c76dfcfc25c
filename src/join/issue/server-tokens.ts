import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { StartupError } from "#base/startup-error.ts";
import { preparePrivateDirectory, readIfPresent, writeDurably } from "#pki/durable-files.ts";
import { isSameSecret } from "#pki/same-secret.ts";
import { formatJoinToken, hashAuthority, type JoinToken, parseJoinToken } from "../join-token.ts";

const SERVER_TOKEN = "token";
const AGENT_TOKEN = "agent-token";

export interface ServerTokensOptions {
  /** `<data-dir>/server`. */
  readonly directory: string;
  /** The authority of servers, in PEM. */
  readonly authority: string;
  /** Takes the place of the one in the file. */
  readonly token?: string;
  /** A second token, which lets agents in and nothing else. */
  readonly agentToken?: string;
}

/** The server's own tokens, in files that are read whenever somebody shows one: who rotates a token replaces its file. */
export class ServerTokens {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes the token when there is none, and sees to it that the files have the authority's present hash. */
  static async open({ directory, authority, token, agentToken }: ServerTokensOptions): Promise<ServerTokens> {
    await preparePrivateDirectory(directory);
    const tokens = new ServerTokens(directory);
    await tokens.renew(authority, { token, agentToken });
    return tokens;
  }

  /** Writes the files for an authority; the secrets stay unless others are given. */
  async renew(
    authority: string,
    {
      token,
      agentToken,
    }: { readonly token?: string | undefined; readonly agentToken?: string | undefined } = {},
  ): Promise<void> {
    const authorityHash = hashAuthority(authority);
    const server = token ?? (await this.#secretIn(SERVER_TOKEN)) ?? newSecret();
    const agent = agentToken ?? (await this.#secretIn(AGENT_TOKEN));
    await this.#write(SERVER_TOKEN, { authorityHash, user: "server", secret: secretOf(server) });
    if (agent === undefined) return;
    await this.#write(AGENT_TOKEN, { authorityHash, user: "node", secret: secretOf(agent) });
  }

  /** Whether the secret is that of the server, or for an agent that of agents. */
  async accepts({ user, secret }: Pick<JoinToken, "user" | "secret">): Promise<boolean> {
    const server = await this.#secretIn(SERVER_TOKEN);
    if (server !== undefined && isSameSecret(server, secret)) return true;
    const agent = user === "node" ? await this.#secretIn(AGENT_TOKEN) : undefined;
    return agent !== undefined && isSameSecret(agent, secret);
  }

  /** The server's own token as its file has it. */
  async ofServer(): Promise<string> {
    return ((await readIfPresent(join(this.#directory, SERVER_TOKEN))) ?? "").trim();
  }

  async #secretIn(file: string): Promise<string | undefined> {
    const text = await readIfPresent(join(this.#directory, file));
    if (text === undefined || text.trim() === "") return undefined;
    try {
      return secretOf(text.trim());
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      const path = join(this.#directory, file);
      throw new StartupError(
        `Cannot use the token in "${path}": it ${cause.message}; remove it for a new one`,
        {
          cause,
        },
      );
    }
  }

  async #write(file: string, token: JoinToken): Promise<void> {
    const content = `${formatJoinToken(token)}\n`;
    if ((await readIfPresent(join(this.#directory, file))) === content) return;
    await writeDurably(this.#directory, [{ name: file, content }]);
  }
}

/** A new secret for a token: 256 random bits. */
export function newSecret(): string {
  return randomBytes(32).toString("hex");
}

function secretOf(text: string): string {
  return parseJoinToken(text).secret;
}

import { sh } from "./docker-host.ts";
import { TEST_HOST_SCRIPT } from "./kubelith-host.ts";

/** A test host beside the cluster, with nothing on it. Disposal leaves nothing behind. */
export class PlainHost implements AsyncDisposable {
  readonly name: string;
  readonly address: string;

  private constructor(name: string, address: string) {
    this.name = name;
    this.address = address;
  }

  /** The name has eight letters at most, unlike those of all other test files. */
  static async start(name: string): Promise<PlainHost> {
    await sh(TEST_HOST_SCRIPT, "up", name, "--no-docker");
    return new PlainHost(name, await sh(TEST_HOST_SCRIPT, "address", name));
  }

  /** A command line that runs in the network of the host. */
  inside(...command: readonly string[]): string[] {
    return ["nsenter", `--net=/run/netns/${this.name}`, ...command];
  }

  /** Runs a command in the network of the host; what it prints. */
  run(...command: readonly string[]): Promise<string> {
    return sh(...this.inside(...command));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await sh(TEST_HOST_SCRIPT, "down", this.name);
  }
}
